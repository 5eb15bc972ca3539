import Type from 'typebox'
import { strict } from './fields.ts'

const ROWS_MAX = 50

export const Metadata = Type.Array(
  strict({
    name: Type.String({ minLength: 1, maxLength: 100, description: 'What it is called.' }),
    value: Type.String({ maxLength: 255, description: 'What it says.' }),
  }),
  { maxItems: ROWS_MAX, description: 'Names and values.' },
)

type Row = { readonly name: string; readonly value: string }

/** The text values of what `/v2` keeps as a map. */
export function toMetadata(map: Readonly<Record<string, unknown>>): readonly Row[] {
  return Object.entries(map).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ name, value }] : [],
  )
}

export function fromMetadata(rows: readonly Row[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}
