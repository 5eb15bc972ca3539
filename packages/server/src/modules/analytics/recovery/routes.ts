import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, type ApiModule, ApiRefusal } from '../../../platform/http/index.ts'
import { problemOfStart, toPeriod } from './period.ts'
import type { Period } from './queries.ts'
import { readRecoveryCohorts, readRecoveryNumbers } from './read-numbers.ts'
import { CohortsQuery, NumbersQuery, RecoveryCohorts, RecoveryNumbers } from './schemas.ts'

const tags = ['Analytics']

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
      const of = { period: periodOf(context, query), group: query.group_by ?? null }
      return { data: await context.inTx((tx) => readRecoveryNumbers(tx, context.accountId, of)) }
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
      const of = { period: periodOf(context, query), zone: context.account.timezone }
      return { data: await context.inTx((tx) => readRecoveryCohorts(tx, context.accountId, of)) }
    },
  )
}

function periodOf(context: CommandContext, query: Parameters<typeof toPeriod>[0]): Period {
  const period = toPeriod(query, context.now)
  const problem = problemOfStart(period)
  if (problem !== null) throw ApiRefusal.invalid('from', problem)
  return period
}
