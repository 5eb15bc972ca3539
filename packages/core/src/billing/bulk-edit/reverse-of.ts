import type { Subscription, SubscriptionEdit } from '../../subscriptions/index.ts'
import type { BulkAction } from './bulk-action.ts'
import type { BulkState, GatewayChoice } from './bulk-state.ts'

/**
 * The actions that take a change back, or null where none can: what has ended stays so, a profile that was nobody else's is
 * discarded, one that followed no profile cannot be told to follow none, and a pause of another kind is no suspension.
 */
export function reverseOf(
  before: BulkState,
  changed: {
    readonly subscription: Subscription
    readonly edit: SubscriptionEdit
    readonly gateways: GatewayChoice | null
    readonly move: 'suspend' | 'activate' | 'cancel' | undefined
  },
): BulkAction[] | null {
  const { subscription, gateways } = before
  const { edit, move } = changed
  const actions: BulkAction[] = []
  if (edit.profile !== undefined) {
    if (subscription.profile === null || before.hasOwnProfile) return null
    const { profileId } = subscription.profile
    actions.push({ kind: 'set_subscription_profile', profileId })
  }
  if (edit.amountMinor !== undefined)
    actions.push({ kind: 'set_amount', amountMinor: subscription.amountMinor })
  if (edit.discountIds !== undefined)
    actions.push({ kind: 'set_discounts', discountIds: subscription.extras?.discountIds ?? [] })
  if (changed.gateways !== null) actions.push(...gatewaysBack(gateways, changed.gateways))
  if (edit.nextBillingAt !== undefined) {
    const { anchor, anchorCycle } = subscription.schedule
    const counted = { anchorAt: anchor.at, anchorDay: anchor.day, anchorCycle }
    actions.push({ kind: 'restore_next_renewal', at: subscription.period.end, ...counted })
  }
  switch (move) {
    case undefined:
      return actions
    case 'cancel':
      return null
    case 'suspend':
      return [...actions, { kind: 'activate' }]
    case 'activate':
      return subscription.pauseBehavior === 'suspend' ? [...actions, { kind: 'suspend' }] : null
  }
}

function gatewaysBack(before: GatewayChoice, after: GatewayChoice): BulkAction[] {
  const { forcedGatewayId, preferredGatewayId } = before
  const actions: BulkAction[] = []
  if (after.forcedGatewayId !== forcedGatewayId)
    actions.push({ kind: 'set_forced_gateway', gatewayId: forcedGatewayId })
  if (after.preferredGatewayId !== preferredGatewayId)
    actions.push({ kind: 'set_preferred_gateway', gatewayId: preferredGatewayId })
  return actions
}
