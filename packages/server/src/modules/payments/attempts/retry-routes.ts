import { explainDecline } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import { answeredOnly, askGuard, type GuardAnswer } from '@perennial/core/recovery'
import { formatInstantOrNull, type Instant } from '@perennial/core/time'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, type ApiInstance } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import {
  findLatestOfSubscription,
  listRetryReady,
  type AttemptView,
} from '../queries/attempt-views.ts'
import { listGuardedCards } from '../queries/guarded-cards.ts'
import { findRetryState, type RetryState } from '../queries/retry-states.ts'
import {
  AttemptItem,
  AttemptsOfSubscriptionParams,
  EligibilityItem,
  RetryReadyQuery,
} from './schemas.ts'
import { refusedCardOf, toWireAttempt } from './wire.ts'

const tags = ['Payment attempts']
const config = { scope: 'payments:read' } as const

export function addRetryRoutes(app: ApiInstance): void {
  app.get(
    '/payment-attempts/retry-ready',
    {
      config,
      schema: {
        tags,
        summary: 'List the last attempt on each bill whose retry has come due',
        description: 'The longest due first. Recovery takes them in this order.',
        querystring: RetryReadyQuery,
        response: { 200: cursorListOf(AttemptItem, 'Attempts, the longest due first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId, now: dueBy, account } = context
      const { startingAfter: after, limit } = toPageRequest(query)
      const page = await context.inTx((tx) =>
        listRetryReady(tx, { accountId, dueBy, after, limit }),
      )
      const toItem = (view: AttemptView) => toWireAttempt(view, account)
      return toCursorList({ page, url: '/v2/payment-attempts/retry-ready', toItem })
    },
  )

  app.get(
    '/payment-attempts/subscription/:id/retry-eligibility',
    {
      config,
      schema: {
        tags,
        summary: 'Tell whether a subscription may be charged again now',
        params: AttemptsOfSubscriptionParams,
        response: { 200: Type.Object({ data: EligibilityItem }) },
      },
    },
    async ({ context, params: { id } }) => ({ data: await tellEligibility(context, id) }),
  )
}

async function tellEligibility(context: CommandContext, subscriptionId: Uuid) {
  const { accountId, now, account } = context
  return context.inTx(async (tx) => {
    const state = await findRetryState(tx, { accountId, subscriptionId })
    if (state === null) throw ApiRefusal.notFound('subscription')
    const last = await findLatestOfSubscription(tx, { accountId, subscriptionId })
    const cards =
      last === null
        ? new Map()
        : await listGuardedCards(tx, accountId, {
            paymentMethodIds: [last.attempt.paymentMethodId],
            at: now,
          })
    const card = last === null ? undefined : cards.get(last.attempt.paymentMethodId)
    const gatewayIds = last === null ? [] : [last.attempt.gatewayId]
    const guard =
      card === undefined || state.open === null
        ? null
        : askGuard({ ...answeredOnly(card), ...state.open, at: now, gatewayIds })
    const told = judge(state, { last, guard })
    return {
      should_retry: told.allowedAt === null && told.isAllowed,
      reason: told.reason,
      allowed_at: formatInstantOrNull(told.allowedAt),
      last_attempt: last === null ? null : toWireAttempt(last, account),
    }
  })
}

type Judgement = {
  readonly isAllowed: boolean
  readonly reason: string
  readonly allowedAt: Instant | null
}

/** The first thing that speaks against a charge, or that none does. */
function judge(
  state: RetryState,
  given: { readonly last: AttemptView | null; readonly guard: GuardAnswer | null },
): Judgement {
  const { last, guard } = given
  const no = (reason: string, allowedAt: Instant | null = null): Judgement => ({
    isAllowed: false,
    reason,
    allowedAt,
  })
  if (state.open === null) return no('Nothing is open: no renewal of it has failed.')
  if (last === null) return no('Nothing was charged yet: there is no payment method to charge.')
  if (last.attempt.settledAt === null)
    return no('A charge is under way: wait for its outcome before another is made.')
  if (guard?.kind === 'never')
    return no(`The card network forbids it: ${guard.reason}. Ask for another card.`)
  if (guard?.kind === 'until')
    return no(`The card network forbids it now: ${guard.reason}.`, guard.until)
  const { decline } = last.attempt
  const explained = decline === null ? null : explainDecline(decline, refusedCardOf(last))
  if (explained?.retryability === 'do_not_retry')
    return no(`The last refusal does not go away by itself: ${explained.meaning}`)
  return {
    isAllowed: true,
    reason: 'Another try may help, and nothing forbids it.',
    allowedAt: null,
  }
}
