import { encodeId } from '@perennial/core/ids'
import { parseBins } from '@perennial/core/routing'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import type { Deletable, Kept, KeptFields, KeptRow } from '../../../platform/kept/index.ts'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  given,
  idField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { findProfileNaming } from '../queries/resources.ts'

/** More than this is refused with how many there are; far more is no BIN profile. */
const BINS_READ_MAX = 20_000
const CSV_LENGTH_MAX = 500_000

const itemFields = {
  id: wireId('bin_profile', 'Id of the BIN profile.'),
  object: oneOf(['bin_profile'], { description: 'Always "bin_profile".' }),
  name: Type.String({ description: 'Name, unique in the account.' }),
  description: nullable(Type.String({ description: 'What it is for.' })),
  bin_count: Type.Integer({ description: 'How many lines it has.' }),
  version: Type.Integer({ description: 'Rises with each change.' }),
  created_at: timestamp('When it was made.'),
  updated_at: timestamp('When it was last changed.'),
}

export const BinProfileItem = Type.Object(itemFields, {
  title: 'BinProfile',
  description: 'Cards by their first digits, for rules of payment profiles.',
})

export const BinProfileWithBins = Type.Object(
  {
    ...itemFields,
    bins: Type.Array(Type.String({ description: 'A BIN or a range.' }), {
      description: 'Its lines, as they were given.',
    }),
  },
  { title: 'BinProfileWithBins', description: 'A BIN profile with its lines.' },
)

const name = textField('Name, unique in the account.', { minLength: 1, maxLength: 100 })
const bins = Type.Array(
  textField('Six or eight digits, or a range such as 424242-424250 or 42424200-49.', {
    maxLength: 40,
  }),
  { maxItems: BINS_READ_MAX, description: 'At most 5,000 lines.' },
)
const optional = {
  description: Type.Optional(nullable(textField('What it is for.'))),
  bins: Type.Optional(bins),
  csv: Type.Optional(
    textField(
      'Instead of bins: the text of a CSV file. The column named bin, or else the first, is read.',
      { maxLength: CSV_LENGTH_MAX },
    ),
  ),
}

export const BinProfileCreateBody = Type.Object({ name, ...optional })
export const BinProfileUpdateBody = Type.Object({ name: Type.Optional(name), ...optional })
export const BinProfileParams = Type.Object({
  id: idField('bin_profile', 'Id of the BIN profile.'),
})
export const BinProfileListQuery = Type.Object(cursorQuery('bin_profile'))

export function toBinProfileChange(
  body: Static<typeof BinProfileUpdateBody>,
): KeptFields<'bin_profiles'> {
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('bins', linesOf(body)),
  }
}

export function toNewBinProfile(
  body: Static<typeof BinProfileCreateBody>,
): Required<KeptFields<'bin_profiles'>> {
  return { name: body.name, description: body.description ?? null, bins: linesOf(body) ?? [] }
}

function linesOf(body: Static<typeof BinProfileUpdateBody>): string[] | undefined {
  return body.csv === undefined ? body.bins : readBinColumn(body.csv)
}

/** Values of the column that is named bin, or of the first where none is. */
function readBinColumn(csv: string): string[] {
  const rows = csv
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(/[,;\t]/).map((cell) => cell.trim().replaceAll('"', '')))
  const named = rows[0]?.findIndex((cell) => /^bins?$/i.test(cell)) ?? -1
  const isHeader = named >= 0 || !/\d/.test(rows[0]?.[0] ?? '')
  return rows.slice(isHeader ? 1 : 0).map((row) => row[Math.max(named, 0)] ?? '')
}

export function linesOfRow(row: KeptRow<'bin_profiles'>): string[] {
  return Array.isArray(row.bins) ? row.bins.map(String) : []
}

export function toWireBinProfile(row: KeptRow<'bin_profiles'>) {
  return {
    id: encodeId('bin_profile', row.id),
    object: 'bin_profile' as const,
    name: row.name,
    description: row.description,
    bin_count: linesOfRow(row).length,
    version: row.version,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

export const binProfiles: Kept<'bin_profiles', 'name_taken'> & Deletable = {
  table: 'bin_profiles',
  unique: { constraint: 'bin_profiles_name_unique', code: 'name_taken' },
  kind: 'bin_profile',
  toWire: toWireBinProfile,
  check: async (_tx, _context, row) => {
    const parsed = parseBins(linesOfRow(row))
    if (parsed.kind === 'parsed') return
    const [first] = parsed.problems
    const param = first?.line === null || first === undefined ? 'bins' : `bins[${first.line}]`
    throw ApiRefusal.invalid(param, first?.message ?? 'These are no BINs.')
  },
  findUser: async (tx, { accountId }, id) => {
    const profile = await findProfileNaming(tx, accountId, id)
    return profile === null ? null : `payment profile "${profile}"`
  },
}
