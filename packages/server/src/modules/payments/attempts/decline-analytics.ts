import { explainDecline, findIsoCode, type DeclineReason } from '@perennial/core/declines'
import { encodeId } from '@perennial/core/ids'
import { addDays, formatInstant, MS_PER_DAY } from '@perennial/core/time'
import Type from 'typebox'
import { ApiRefusal, type ApiInstance } from '../../../platform/http/index.ts'
import { DATE_OUT_OF_RANGE, isDateInRange } from '../../../platform/wire/index.ts'
import { countOutcomes, type OutcomeCount } from '../queries/decline-counts.ts'
import { DeclineAnalytics, DeclineAnalyticsQuery } from './schemas.ts'

const WINDOW_DAYS = 30
const WINDOW_DAYS_MAX = 92
const TOP_MAX = 10

export function addDeclineAnalytics(app: ApiInstance): void {
  app.get(
    '/payment-attempts/analytics/declines',
    {
      config: { scope: 'payments:read' },
      schema: {
        tags: ['Payment attempts'],
        summary: 'Show how many charges were approved and refused, and why',
        querystring: DeclineAnalyticsQuery,
        response: { 200: Type.Object({ data: DeclineAnalytics }) },
      },
    },
    async ({ context, query }) => {
      const { accountId, now } = context
      const to = query.created_lte ?? now
      if (!isDateInRange(to))
        throw ApiRefusal.invalid('created_lte', `created_lte ${DATE_OUT_OF_RANGE}.`)
      const from = query.created_gte ?? addDays(to, -WINDOW_DAYS)
      if (from > to) throw ApiRefusal.invalid('created_gte', 'It lies after created_lte.')
      if (to - from > WINDOW_DAYS_MAX * MS_PER_DAY)
        throw ApiRefusal.invalid('created_gte', `Ask for ${WINDOW_DAYS_MAX} days at most.`)
      const { counts, isComplete } = await context.inTx((tx) =>
        countOutcomes(tx, accountId, { from, to }),
      )
      const period = { from: formatInstant(from), to: formatInstant(to), is_complete: isComplete }
      return { data: { ...period, ...summarise(counts) } }
    },
  )
}

function summarise(counts: readonly OutcomeCount[]) {
  const refused = counts.filter(({ isApproved }) => !isApproved)
  const explained = refused.map(({ responseCode, count }) => ({
    ...meaningOf(responseCode),
    count,
  }))
  const byReason = new Map<DeclineReason, number>()
  for (const { reason, count } of explained)
    byReason.set(reason, (byReason.get(reason) ?? 0) + count)
  const top = [...byReason].toSorted(([, one], [, other]) => other - one).slice(0, TOP_MAX)
  const byGateway = Map.groupBy(counts, ({ gatewayId }) => gatewayId)
  return {
    ...ratesOf(counts),
    soft_decline_count: sum(explained.filter(({ declineType }) => declineType === 'soft')),
    hard_decline_count: sum(explained.filter(({ declineType }) => declineType === 'hard')),
    top_decline_categories: top.map(([category, count]) => ({ category, count })),
    by_gateway: Object.fromEntries(
      [...byGateway].map(([id, own]) => [encodeId('gateway', id), ratesOf(own)]),
    ),
  }
}

function ratesOf(counts: readonly OutcomeCount[]) {
  const total = sum(counts)
  const approved = sum(counts.filter(({ isApproved }) => isApproved))
  return {
    total_attempts: total,
    approved_count: approved,
    declined_count: total - approved,
    approval_rate: total === 0 ? 0 : Math.round((approved / total) * 10_000) / 10_000,
  }
}

/** Transactions keep the network's code, or else the gateway's in our words. */
function meaningOf(responseCode: string | null) {
  const code = responseCode ?? 'generic_decline'
  return explainDecline(findIsoCode(code)?.code ?? code)
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0)
}
