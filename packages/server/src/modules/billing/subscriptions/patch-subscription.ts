import type { Uuid } from '@perennial/core/ids'
import type { Static } from 'typebox'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr } from '../../../platform/http/index.ts'
import { changeSubscriptionRouting, toSegmentsChange } from '../../routing/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { billingDayErrors, changeErrors } from './errors.ts'
import { changeSubscriptionRecovery, toRecoveryChange } from '../recovery/subscription-choice.ts'
import type { BillingDeps } from '../scope.ts'
import {
  cancelSubscription,
  pauseSubscription,
  resumeSubscription,
  updateSubscription,
} from './change-subscription.ts'
import type { SubscriptionUpdateBody } from './request-schemas.ts'
import { instantOf } from './to-create-request.ts'

type Body = Static<typeof SubscriptionUpdateBody>

/**
 * Everything that one request says of a subscription, or nothing of it: what is refused takes the rest back. A move to
 * another status comes before the fields, which it decides over. Throws an `ApiRefusal`.
 */
export async function patchSubscription(
  deps: BillingDeps,
  context: CommandContext,
  { id, body }: { readonly id: Uuid; readonly body: Body },
): Promise<void> {
  const { status, nextBillingDate, recovery, productId, proration, ...rest } = body
  refuseReplacement({ productId, proration })
  const { forcedGatewayId: _, preferredGatewayId: __, paymentProfileId: ___, ...fields } = rest
  const choice = toRecoveryChange(recovery)
  const routing = toSegmentsChange(body)
  const nextBillingAt = instantOf(context, 'nextBillingDate', nextBillingDate)
  const edit = { ...fields, nextBillingAt }
  const errors = nextBillingAt === undefined ? billingDayErrors : changeErrors
  const isEdit = Object.values(edit).some((value) => value !== undefined)
  await asOne(context, async (one) => {
    if (choice !== undefined) await changeSubscriptionRecovery(one, { subscriptionId: id, choice })
    if (Object.keys(routing).length > 0)
      await changeSubscriptionRouting(one, { subscriptionId: id, change: routing })
    if (status !== undefined) await moveToStatus(deps, one, { id, status })
    if (isEdit) acceptedOr(await updateSubscription(deps, one, { id, edit }), errors)
  })
}

/** Fields of other programs for another product: said to have been taken, they would have changed nothing. */
function refuseReplacement({
  productId = null,
  proration = 'none',
}: {
  readonly productId: Body['productId'] | undefined
  readonly proration: Body['proration'] | undefined
}): void {
  if (productId !== null)
    throw ApiRefusal.invalid(
      'productId',
      'A subscription keeps its product. Let another take over with POST /v2/subscriptions/{id}/replace-product.',
    )
  if (proration !== 'none')
    throw ApiRefusal.invalid(
      'proration',
      'Changes count from the next bill on and nothing is prorated. Leave it out, or say none.',
    )
}

/** A status set by PATCH is the move of the same meaning; what no move leads to is refused. */
async function moveToStatus(
  deps: BillingDeps,
  context: CommandContext,
  wanted: { readonly id: Uuid; readonly status: string },
): Promise<void> {
  const { id, status } = wanted
  const current = await context.inTx((tx) => findSubscription(tx, context.accountId, id))
  if (current === null) throw ApiRefusal.notFound('subscription')
  if (current.status === status) return
  if (status === 'paused') {
    acceptedOr(
      await pauseSubscription(deps, context, { id, behavior: 'keep_as_draft', resumesAt: null }),
      changeErrors,
    )
  } else if (status === 'canceled') {
    acceptedOr(
      await cancelSubscription(deps, context, { id, mode: 'immediately', reason: null }),
      changeErrors,
    )
  } else if (status === 'active') {
    acceptedOr(await resumeSubscription(deps, context, id), changeErrors)
  } else {
    throw ApiRefusal.invalid(
      'status',
      `A subscription cannot be set to ${status}; it gets there by itself.`,
    )
  }
}
