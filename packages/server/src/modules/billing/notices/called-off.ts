import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice } from '@perennial/core/payments'
import { findAttempt, findSaleOf } from '../../payments/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

type ChargeNotice = Extract<GatewayNotice, { kind: 'charge' }>
type VoidNotice = Extract<GatewayNotice, { kind: 'void' }>

/**
 * Some gateways have no word of its own for a payment that was called off there: they show the charge again, called off. Of
 * one that had gone well that is news of a void. Null for any other charge.
 */
export async function asCalledOff(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  { gatewayId, notice }: { readonly gatewayId: Uuid; readonly notice: ChargeNotice },
): Promise<VoidNotice | null> {
  const { id, at, idempotencyKey, gatewayReference, outcome } = notice
  if (outcome.kind !== 'declined' || outcome.decline.code !== 'canceled') return null
  const wentWell = await deps.database.tx(async (tx) => {
    const found =
      idempotencyKey === null
        ? await findSaleOf(tx, { accountId, gatewayId, reference: gatewayReference })
        : await findAttempt(tx, accountId, idempotencyKey)
    if (found?.gatewayId !== gatewayId || found.gatewayReference !== gatewayReference) return false
    return ('state' in found ? found.state : found.status) === 'succeeded'
  })
  if (!wentWell) return null
  const told = { kind: 'void', outcome: { kind: 'voided' } } as const
  return { id, at, ...told, idempotencyKey, chargeReference: gatewayReference }
}
