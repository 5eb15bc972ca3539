import type { Uuid } from '../ids/index.ts'
import type { AttemptOperation, RetryKind } from '../payments/index.ts'
import type { ChosenBy, RouteReason } from './reason.ts'

/** A charge that no decision is kept of: no payment profile, gateway of a subscription or cap had a say in it. */
export type UnroutedCharge = {
  readonly operation: AttemptOperation
  readonly gatewayId: Uuid
  readonly paymentMethodId: Uuid
  readonly retryKind: RetryKind | null
  /** The account's gateways in its order, with whether each has a token of the method. */
  readonly gateways: readonly { readonly id: Uuid; readonly hasToken: boolean }[]
}

/**
 * Why it went where it went, as far as that can still be told: a capture goes where the money is held, a method that one
 * gateway knows goes there, and any other went by the account's order, or where recovery or whoever charged it wanted it.
 */
export function explainUnrouted(charge: UnroutedCharge): readonly RouteReason[] {
  const { gatewayId, paymentMethodId, gateways } = charge
  const chosen: RouteReason = { code: 'chosen', gatewayId, groupId: null, by: chosenBy(charge) }
  if (charge.operation === 'capture') return [chosen]
  const strangers = gateways.filter(({ id, hasToken }) => !hasToken && id !== gatewayId)
  const others = gateways.filter(({ id, hasToken }) => hasToken && id !== gatewayId)
  return [
    { code: 'not_routed' },
    ...strangers.map(({ id }): RouteReason => {
      return { code: 'refused', gatewayId: id, by: { code: 'no_token', paymentMethodId } }
    }),
    chosen,
    ...(others.length === 0
      ? []
      : [{ code: 'not_reached', gatewayIds: others.map(({ id }) => id) } as const]),
  ]
}

function chosenBy({ operation, gatewayId, retryKind, gateways }: UnroutedCharge): ChosenBy {
  if (operation === 'capture') return 'hold'
  const known = gateways.filter(({ id, hasToken }) => hasToken || id === gatewayId)
  if (known.length === 1) return 'only_token'
  if (known[0]?.id === gatewayId) return 'account_order'
  return retryKind === 'scheduled' ? 'recovery' : 'asked_for'
}
