import type { Instant } from '../time/index.ts'
import { type DatedRow, holdsAt, ruleDay, SINCE_EVER } from './dated-row.ts'
import type { Decline } from './decline.ts'
import { findIsoCode } from './iso-codes.ts'
import type { SourceTag } from './sources.ts'

/** Visa's classes of refusals: 1 never reattempt; 2 not now; 3 correct the data first; 4 no reason given. */
export type VisaCategory = 1 | 2 | 3 | 4

export type VisaCategoryRow = DatedRow & {
  /** Null: the networks' lists name the codes and give them none. */
  readonly category: VisaCategory | null
  readonly isoCodes: readonly string[]
  readonly sources: readonly SourceTag[]
}

const SPEC = ['VSPEC', 'CKO', 'WP'] as const
const CHANGED = ruleDay('2026-10-25')

function row(
  category: VisaCategory | null,
  isoCodes: string,
  over: Partial<Omit<VisaCategoryRow, 'category' | 'isoCodes'>> = {},
): VisaCategoryRow {
  const found = { category, isoCodes: isoCodes.split(' '), sources: SPEC }
  return { ...found, from: SINCE_EVER, until: null, ...over }
}

/**
 * By response code: Visa's authorisation message specification of 20 April 2026, field 39, cross-checked with processors' lists.
 * 57 has no category in it and the first in theirs, which it has in Visa's own words from 25 October 2026: it counts as the
 * first all along. A code that stands in no row has none.
 */
export const VISA_CATEGORY_ROWS: readonly VisaCategoryRow[] = [
  row(1, '04 07 12 14 15 41 43 46 R0 R1 R3'),
  row(1, '57', { sources: ['CKO', 'FOR', 'YUN'], until: CHANGED }),
  row(1, '57', { sources: ['TAB-V'], from: CHANGED }),
  row(2, '03 19 39 51 52 53 59 61 62 65 75 78 86 91 93 96 N3 N4 Z6'),
  row(2, '5C 9G', { sources: ['CIE'], from: ruleDay('2025-04-11') }),
  row(null, '83', { sources: ['VSPEC'], until: CHANGED }),
  row(2, '83', { sources: ['TAB-V'], from: CHANGED }),
  row(3, '54 55 70 82 1A 6P N7'),
  row(4, '01 02 05 06 13 58 64 74 79 80 81 N0 Z3'),
]

const BY_ISO = new Map<string, readonly VisaCategoryRow[]>()
for (const each of VISA_CATEGORY_ROWS)
  for (const isoCode of each.isoCodes) BY_ISO.set(isoCode, [...(BY_ISO.get(isoCode) ?? []), each])

/** The row that held for a refusal of that time; null where there is none. Counts on Visa's network alone. */
export function findVisaCategory(
  { isoCode }: Pick<Decline, 'isoCode'>,
  at: Instant,
): VisaCategoryRow | null {
  const known = isoCode === null ? null : findIsoCode(isoCode)
  const rows = known === null ? undefined : BY_ISO.get(known.isoCode)
  return rows?.find((each) => holdsAt(each, at)) ?? null
}
