import type { Uuid } from '@perennial/core/ids'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import { type HeldToken, listHeldTokens, putToken } from '../queries/method-tokens.ts'
import { findMethod } from '../queries/payment-methods.ts'
import { describeToken } from './add-payment-method.ts'
import { lockMethodAndCustomer } from './change-payment-method.ts'
import { isSameInstrument } from './is-same-instrument.ts'

export type AddTokenRefusal =
  | 'method_not_found'
  | 'method_detached'
  | 'gateway_unknown'
  | 'token_malformed'
  | 'gateway_unreachable'
  | 'token_unknown'
  | 'token_differs'

/**
 * Gives a method a token of one more gateway, so that it can be charged there too; the one it had there is replaced.
 * The token must stand for the same card or account, as far as the gateway tells. Refusals in the order of the union.
 */
export async function addToken(
  gateways: GatewayDirectory,
  context: CommandContext,
  request: { readonly id: Uuid; readonly gatewayCode: string; readonly token: string },
): Promise<Decision<readonly HeldToken[], AddTokenRefusal>> {
  const { accountId } = context
  const { id, token } = request
  const seen = await context.inTx((tx) => findMethod(tx, { accountId, id }))
  if (seen === null) return refused('method_not_found')
  if (seen.status === 'inactive') return refused('method_detached')
  const found = await gateways.find(accountId, request.gatewayCode)
  if (found === null) return refused('gateway_unknown')
  const { vendor, port, gateway } = found
  if (vendor !== null && !vendor.isToken(token)) {
    const message = `A token of ${vendor.name} is ${vendor.tokenForm}.`
    return refused('token_malformed', { message })
  }
  const question = { accountId, paymentMethodId: id, token, at: context.now }
  const details = await describeToken(port, question)
  if (details.kind === 'refused') return details
  if (!isSameInstrument(seen, details.value)) return refused('token_differs')

  return context.inTx(async (tx) => {
    const current = await lockMethodAndCustomer(tx, context, id)
    if (current === null) return refused('method_not_found')
    if (current.status === 'inactive') return refused('method_detached')
    await putToken(tx, { accountId, gatewayId: gateway.id, paymentMethodId: id, token })
    await context.remember(tx, 'payment_method', id)
    return accepted(await listHeldTokens(tx, accountId, id))
  })
}
