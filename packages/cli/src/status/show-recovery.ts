import { styleText } from 'node:util'
import { assert } from '@perennial/core/fault'
import { parseCurrency, type Currency } from '@perennial/core/money'
import type {
  readRecoveryCohorts,
  readRecoveryNumbers,
} from '../../../server/src/modules/analytics/index.ts'
import { toTable } from '../terminal/table.ts'
import { group, toAmount } from './amounts.ts'

type Numbers = Awaited<ReturnType<typeof readRecoveryNumbers>>
type Cohorts = Awaited<ReturnType<typeof readRecoveryCohorts>>

/** What the failed payments of an account came to, each part as the API answers it. */
export type RecoveryOfAccount = {
  readonly account_id: string
  readonly name: string
  readonly environment: 'live' | 'sandbox'
  readonly sources: readonly {
    readonly source: Numbers['source']
    readonly summary: Numbers
    /** One for each grouping; empty where nothing failed. */
    readonly by: readonly Numbers[]
    readonly cohorts: Cohorts | null
  }[]
}

/** Rows of a grouping that people are shown; `--json` has all. */
const ROWS_MAX = 10

const TITLES: Readonly<Record<Numbers['source'], string>> = {
  own: 'Own subscriptions',
  outside: 'Handed over by other billers',
  all: 'All',
}

const HEADS: Readonly<Record<NonNullable<Numbers['group_by']>, string>> = {
  reason: 'By reason',
  gateway: 'By gateway of the last charge',
  issuer: 'By issuer (BIN)',
  attempt: 'By the retry that won',
  policy: 'By policy',
  won_by: 'By who won it',
}

/** What a group is called that has no key. */
const WITHOUT_KEY: Readonly<Record<NonNullable<Numbers['group_by']>, string>> = {
  reason: 'unknown',
  gateway: 'never charged',
  issuer: 'unknown',
  attempt: 'won by no retry',
  policy: 'no instant chosen',
  won_by: 'brought nothing',
}

/** The tables of one account for people. */
export function describeRecovery({ name, environment, account_id, sources }: RecoveryOfAccount) {
  const title = `${styleText('bold', `${name}, ${environment}`)}  ${account_id}`
  const shown = sources.filter(({ summary }) => summary.groups.length > 0)
  const [first] = sources
  const period = first === undefined ? '' : ` from ${first.summary.from} to ${first.summary.to}`
  if (shown.length === 0) return `${title}\n  No recovery began${period}.`
  return [
    title,
    `  Recoveries that began${period}`,
    ...shown.flatMap(describeSource).map((line) => `  ${line}`.trimEnd()),
  ].join('\n')
}

function describeSource(of: RecoveryOfAccount['sources'][number]): string[] {
  const { source, summary, by, cohorts } = of
  const isComplete = [summary, ...by].every(({ is_complete }) => is_complete)
  return [
    '',
    ...toTable([
      [TITLES[source], 'cases', 'failed', 'recovered', 'at risk', 'lost', 'share', 'retries'],
      ...summary.groups.map((one) => rowOf(one.currency, one)),
      ...by.flatMap(rowsOf),
    ]),
    ...(isComplete ? [] : ['Not all: the newest 100,000 recoveries, and the 500 largest groups.']),
    ...(cohorts === null ? [] : ['', ...describeCohorts(cohorts)]),
  ]
}

function rowsOf({ group_by, groups }: Numbers): string[][] {
  if (group_by === null) return []
  const more = groups.length - ROWS_MAX
  return [
    [HEADS[group_by]],
    ...groups.slice(0, ROWS_MAX).map((one) => {
      const key = one.label ?? one.key ?? WITHOUT_KEY[group_by]
      return rowOf(`  ${one.currency} ${key}`, one)
    }),
    ...(more > 0 ? [[`  and ${group(String(more))} more (--json)`]] : []),
  ]
}

function rowOf(title: string, one: Numbers['groups'][number]): string[] {
  const currency = currencyOf(one.currency)
  const money = (minor: number): string => toAmount(BigInt(minor), currency)
  return [
    title,
    group(String(one.cases)),
    money(one.failed_minor),
    money(one.recovered_minor),
    money(one.at_risk_minor),
    money(one.lost_minor),
    percentOf(one.recovered_share),
    group(String(one.attempts)),
  ]
}

function describeCohorts({ days, cohorts }: Cohorts): string[] {
  return toTable([
    ['Won back by the end of', 'failed', ...days.map((day) => `day ${day}`)],
    ...cohorts.map((one) => [
      `  ${one.currency} ${one.month}`,
      toAmount(BigInt(one.failed_minor), currencyOf(one.currency)),
      ...one.recovered_share.map(percentOf),
    ]),
  ])
}

function percentOf(share: number): string {
  return `${Math.round(share * 100)} %`
}

function currencyOf(code: string): Currency {
  const currency = parseCurrency(code)
  assert(currency !== null, 'stored currencies are known')
  return currency
}
