import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import {
  FREE_PLANNER,
  horizonDaysOf,
  type BackTest,
  type TestedPolicy,
} from '@perennial/core/recovery'
import { MS_PER_DAY, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { backTestBeside } from './back-test-beside.ts'
import { loadPast } from './load-past.ts'

/** Policies of one back-test, at most. */
export const POLICIES_MAX = 6
/** So many days are looked at where nobody says. */
export const BACK_TEST_DAYS = 90
const PERIOD_DAYS_MAX = 400
const DAY_MAX = 60
const DAYS_COUNT_MAX = 8

/**
 * `none`, `ladder` (days 1, 3 and 7), `fixed:DAYS`, `planner` (anywhere within 28 days, 8 tries at most) or `planner:DAYS`,
 * which tries by those days. Null for anything else.
 */
export function readTestedPolicy(text: string): TestedPolicy | null {
  if (text === 'none') return { kind: 'none' }
  if (text === 'ladder') return { kind: 'fixed', days: [1, 3, 7] }
  if (text === 'planner') return { kind: 'planner', days: null, ...FREE_PLANNER }
  const [, kind, list] = /^(fixed|planner):(\d{1,2}(?:,\d{1,2})*)$/.exec(text) ?? []
  if (list === undefined) return null
  const days = list.split(',').map(Number)
  const isAscending = days.every((day, index) => day > (days[index - 1] ?? 0) && day <= DAY_MAX)
  if (!isAscending || days.length > DAYS_COUNT_MAX) return null
  return kind === 'planner' ? { kind, days, ...FREE_PLANNER } : { kind: 'fixed', days }
}

/** What is wrong with a period, as a sentence about its beginning; null = nothing. */
export function problemOfPeriod(of: {
  readonly from: Instant
  readonly to: Instant
}): string | null {
  const { from, to } = of
  if (from >= to) return 'It has to lie before the end of the period.'
  return to - from > PERIOD_DAYS_MAX * MS_PER_DAY
    ? `Ask for ${PERIOD_DAYS_MAX} days at most.`
    : null
}

/** `leftOut`: recoveries of the period that are too young to be judged. */
export type OwnBackTest = BackTest & { readonly leftOut: number }

/** Replays policies over what an account's own failed payments were. Reads only; `read` runs in a transaction that is short. */
export async function runBackTest(
  read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  of: {
    readonly accountId: Uuid
    readonly policies: readonly TestedPolicy[]
    readonly from: Instant
    readonly to: Instant
    readonly currency: Currency
    readonly now: Instant
  },
): Promise<OwnBackTest> {
  const { accountId, policies } = of
  const horizonDays = horizonDaysOf(policies)
  const { leftOut, ...past } = await read((tx) => loadPast(tx, accountId, { ...of, horizonDays }))
  const tested = await backTestBeside({ ...past, policies, seed: 1 })
  return { ...tested, leftOut }
}
