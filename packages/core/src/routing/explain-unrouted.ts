import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { AttemptOperation, ChargeRoute, RouteGateway } from '../payments/index.ts'
import { newState } from './find-route.ts'
import type { ChosenBy, RouteReason } from './reason.ts'
import type { ChargeStep, RouteStep } from './route.ts'

/**
 * The choice among several gateways that no payment profile, gateway of a subscription or cap had a say in: the first enabled
 * one by the account's order, or the one that recovery or whoever charged wanted. Null: one gateway alone has a token of the
 * method, so that there is no choice to be kept.
 */
export function decideUnrouted(
  route: ChargeRoute,
  charge: {
    readonly amountMinor: bigint
    readonly currency: Currency
    readonly attemptsMade: number
  },
): ChargeStep | null {
  const { paymentMethodId, gatewayId, gateways, wantedBy = 'account_order' } = route
  if (gateways === undefined) return null
  const { attemptsMade, ...asked } = charge
  return {
    kind: 'charge',
    paymentMethodId,
    gatewayId,
    ...asked,
    state: { ...newState(null, { attemptsMade }), paymentMethodId, gatewayId, attempts: 1 },
    reasons: reasonsOf(gateways, { gatewayId, by: wantedBy }),
    turns: [],
    effects: [],
  }
}

function reasonsOf(
  gateways: readonly RouteGateway[],
  chosen: { readonly gatewayId: Uuid; readonly by: ChosenBy },
): RouteReason[] {
  const { gatewayId, by } = chosen
  const disabled = gateways.filter(({ isEnabled }) => !isEnabled)
  const others = gateways.filter(({ id, isEnabled }) => isEnabled && id !== gatewayId)
  return [
    { code: 'not_routed' },
    ...disabled.map(({ id }) => refusedAsDisabled(id)),
    { code: 'chosen', gatewayId, groupId: null, by: others.length === 0 ? 'only_token' : by },
    ...(others.length === 0
      ? []
      : [{ code: 'not_reached', gatewayIds: others.map(({ id }) => id) } as const]),
  ]
}

/** Why nothing is charged where all gateways that have a token of what would be charged are disabled. */
export function stopUnrouted(
  disabledIds: readonly Uuid[],
  charge: { readonly attemptsMade: number },
): Extract<RouteStep, { readonly kind: 'stop' }> {
  const code = 'no_gateway_available'
  return {
    kind: 'stop',
    code,
    state: newState(null, charge),
    reasons: [
      { code: 'not_routed' },
      ...disabledIds.map(refusedAsDisabled),
      { code: 'stopped', by: code, message: null },
    ],
    turns: [],
    effects: [],
  }
}

function refusedAsDisabled(gatewayId: Uuid): RouteReason {
  return { code: 'refused', gatewayId, by: { code: 'disabled' } }
}

/** A charge that no decision is kept of. */
export type UnroutedCharge = { readonly operation: AttemptOperation; readonly gatewayId: Uuid }

/** Why it went where it went: a capture goes where the money is held, and any other had one way alone. */
export function explainUnrouted({ operation, gatewayId }: UnroutedCharge): readonly RouteReason[] {
  const chosen = (by: ChosenBy): RouteReason => ({ code: 'chosen', gatewayId, groupId: null, by })
  if (operation === 'capture') return [chosen('hold')]
  return [{ code: 'not_routed' }, chosen('only_token')]
}
