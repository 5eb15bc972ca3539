import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { addDays } from '@perennial/core/time'
import {
  cancelSubscription,
  pauseSubscription,
  updateSubscription,
  type BillingDeps,
} from '../modules/billing/index.ts'
import { findSubscription } from '../modules/subscriptions/index.ts'
import type { CommandContext } from '../platform/command/index.ts'
import { drawInteger } from './draw.ts'
import type { Deed } from './plan-demo.ts'
import { giveCard } from './sign-up.ts'

const PAUSE_DAYS = 56
const REASONS = ['too_expensive', 'missing_features', 'switched_service', 'no_longer_needed']

/** A refusal is no fault here: somebody may want to pause what has ended meanwhile. */
export async function doDeed(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly deed: Deed; readonly subscriptionId: Uuid },
): Promise<void> {
  const { deed, subscriptionId: id } = given
  const about = `deed ${deed.number}`
  switch (deed.kind) {
    case 'cancel_now':
    case 'cancel_at_period_end': {
      const mode = deed.kind === 'cancel_now' ? 'immediately' : 'period_end'
      const reason = REASONS[drawInteger(about, { from: 0, to: REASONS.length - 1 })] ?? null
      await cancelSubscription(deps, context, { id, mode, reason })
      return
    }
    case 'pause': {
      const resumesAt = addDays(context.now, PAUSE_DAYS)
      await pauseSubscription(deps, context, { id, behavior: 'void', resumesAt })
      return
    }
    case 'more_seats': {
      const subscription = await context.inTx((tx) => findSubscription(tx, context.accountId, id))
      assert(subscription !== null, 'the demo knows its own subscriptions')
      const more = BigInt(drawInteger(about, { from: 1, to: 4 }))
      await updateSubscription(deps, context, {
        id,
        edit: { quantity: subscription.quantity + more },
      })
      return
    }
    case 'new_card': {
      const subscription = await context.inTx((tx) => findSubscription(tx, context.accountId, id))
      assert(subscription !== null, 'the demo knows its own subscriptions')
      await giveCard(deps, context, { customerId: subscription.customerId, token: 'tok_visa' })
      return
    }
    default:
      assertNever(deed.kind)
  }
}
