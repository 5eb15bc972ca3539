import { explainDecline, listDeclineCodes } from '@perennial/core/declines'
import { encodeId, isUuid } from '@perennial/core/ids'
import { toWireMinor, type Currency } from '@perennial/core/money'
import { addDays, addMs, formatInstant, MS_PER_DAY, type Instant } from '@perennial/core/time'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, type ApiModule, ApiRefusal } from '../../../platform/http/index.ts'
import {
  CASES_MAX,
  CURVE_DAYS,
  GROUPS_MAX,
  nameGateways,
  sumCohorts,
  sumRecoveries,
  type Cohort,
  type Group,
  type Period,
  type SOURCES,
  type Sums,
} from './queries.ts'
import { CohortsQuery, NumbersQuery, RecoveryCohorts, RecoveryNumbers } from './schemas.ts'

const tags = ['Analytics']
const DAYS_BY_DEFAULT = 30
const DAYS_MAX = 400

/** `/v2/analytics/recovery/*`: what failed payments came to. */
export const recoveryAnalyticsRoutes: ApiModule = (app) => {
  addNumbers(app)
  addCohorts(app)
}

function addNumbers(app: ApiInstance): void {
  app.get(
    '/analytics/recovery/summary',
    {
      config: { scope: 'analytics:read' },
      schema: {
        tags,
        summary: 'Show what failed payments came to',
        description: 'By currency; group_by tells them apart by reason, gateway, issuer, attempt, policy, or who won them.',
        querystring: NumbersQuery,
        response: { 200: Type.Object({ data: RecoveryNumbers }) },
      },
    },
    async ({ context, query }) => {
      const period = periodOf(context, query)
      const group = query.group_by ?? null
      const { accountId } = context
      const read = await context.inTx(async (tx) => {
        const sums = await sumRecoveries(tx, accountId, { period, group, reasons: REASONS })
        const ids = sums.flatMap(({ key }) => (key === null ? [] : [key])).filter(isUuid)
        const names = group === 'gateway' ? await nameGateways(tx, accountId, ids) : new Map()
        return { sums, names }
      })
      const { sums, names } = read
      const groups = sums.map((own) => toWireNumbers(own, { group, names }))
      const [first] = sums
      const told = tell(period, first?.total_cases ?? 0, first?.total_groups)
      return { data: { object: 'recovery_numbers' as const, ...told, group_by: group, groups } }
    },
  ) // prettier-ignore
}

function addCohorts(app: ApiInstance): void {
  app.get(
    '/analytics/recovery/cohorts',
    {
      config: { scope: 'analytics:read' },
      schema: {
        tags,
        summary: 'Show how fast failed payments were won back, by month',
        querystring: CohortsQuery,
        response: { 200: Type.Object({ data: RecoveryCohorts }) },
      },
    },
    async ({ context, query }) => {
      const period = periodOf(context, query)
      const { accountId, account } = context
      const sums = await context.inTx((tx) =>
        sumCohorts(tx, accountId, { period, zone: account.timezone }),
      )
      const cohorts = sums.map(toWireCohort)
      const told = tell(
        period,
        sums.reduce((count, { cases }) => count + cases, 0),
      )
      return {
        data: { object: 'recovery_cohorts' as const, ...told, days: [...CURVE_DAYS], cohorts },
      }
    },
  )
}

function periodOf(
  context: CommandContext,
  query: {
    readonly from?: Instant
    readonly to?: Instant
    readonly currency?: Currency
    readonly source?: (typeof SOURCES)[number]
  },
): Period {
  // What begins at this very moment counts.
  const to = query.to ?? addMs(context.now, 1)
  const from = query.from ?? addDays(to, -DAYS_BY_DEFAULT)
  if (from >= to) throw ApiRefusal.invalid('from', 'It has to lie before `to`.')
  if (to - from > DAYS_MAX * MS_PER_DAY)
    throw ApiRefusal.invalid('from', `Ask for ${DAYS_MAX} days at most.`)
  return { from, to, source: query.source ?? 'own', currency: query.currency ?? null }
}

function tell({ from, to, source }: Period, count: number, groups = 0) {
  const isComplete = count < CASES_MAX && groups <= GROUPS_MAX
  return { from: formatInstant(from), to: formatInstant(to), source, is_complete: isComplete }
}

function toWireNumbers(
  own: Sums,
  of: { readonly group: Group | null; readonly names: ReadonlyMap<string, string> },
) {
  const { key } = own
  return {
    currency: own.currency,
    key: of.group === 'gateway' && key !== null && isUuid(key) ? encodeId('gateway', key) : key,
    label: labelOf(own, of),
    cases: own.cases,
    recovered: own.recovered,
    open: own.open,
    lost: own.lost,
    failed_minor: toWireMinor(own.failed_minor),
    recovered_minor: toWireMinor(own.recovered_minor),
    at_risk_minor: toWireMinor(own.at_risk_minor),
    lost_minor: toWireMinor(own.lost_minor),
    recovered_share: shareOf(own.recovered_minor, own.failed_minor),
    attempts: own.attempts,
    explored: {
      attempts: own.explored_attempts,
      recovered: own.explored_recovered,
      recovered_minor: toWireMinor(own.explored_minor),
    },
    attempts_per_recovered: own.recovered === 0 ? null : rounded(own.attempts / own.recovered),
    hours_to_recover: { p50: hoursOf(own.hours_p50), p90: hoursOf(own.hours_p90) },
  }
}

const REASONS: ReadonlyMap<string, string> = new Map(
  listDeclineCodes().map((code) => [code, explainDecline(code).reason]),
)

const WINNERS: ReadonlyMap<string, string> = new Map([
  ['retry', 'won by a retry'],
  ['payer', 'won by the payer: another card, or paid in person'],
  ['manual', 'won by hand: charged or recorded by the merchant'],
])

function labelOf(
  { key }: Sums,
  of: { readonly group: Group | null; readonly names: ReadonlyMap<string, string> },
): string | null {
  if (key === null) return null
  switch (of.group) {
    case 'reason':
      return key.replaceAll('_', ' ')
    case 'gateway':
      return of.names.get(key) ?? null
    case 'attempt':
      return `won by retry ${key}`
    case 'won_by':
      return WINNERS.get(key) ?? key
    default:
      return key
  }
}

function toWireCohort(cohort: Cohort) {
  const won = cohort.recovered_minor.map(BigInt)
  return {
    month: cohort.month,
    currency: cohort.currency,
    cases: cohort.cases,
    failed_minor: toWireMinor(cohort.failed_minor),
    recovered_minor: won.map(toWireMinor),
    recovered_share: won.map((minor) => shareOf(minor, cohort.failed_minor)),
  }
}

/** To four decimals. */
function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Math.round((toWireMinor(part) / toWireMinor(whole)) * 10_000) / 10_000
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function hoursOf(hours: number | string | null): number | null {
  return hours === null ? null : Math.round(Number(hours) * 10) / 10
}
