import { decideVoidInstead } from '@perennial/core/billing'
import type { Refund } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { findRefund } from '../../../payments/index.ts'
import { applyChanges } from '../../apply/apply-changes.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../../scope.ts'
import { lockSale } from '../lock-sale.ts'
import { askForVoid } from './void-payment.ts'

/** Calls a payment off whose refund its gateway has turned down because it has not settled yet. */
export async function voidInstead(
  deps: BillingDeps,
  scope: BillingScope,
  { id, gatewayId, transactionId: saleId, invoiceId }: Refund,
  at: Instant,
): Promise<void> {
  const { accountId } = scope
  if (gatewayId === null) return
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const begun = await deps.database.tx(
    async (tx) => {
      const state = await lockSale(tx, accountId, { saleId, invoiceId, creditNoteId: null })
      const refund = await findRefund(tx, accountId, id)
      if (state === null || state.isBeingVoided || refund === null) return null
      const { nextId } = toolsOf(deps)
      const given = { id: nextId(), isAble: port.abilities.void, at }
      const decided = decideVoidInstead(state, refund, given)
      if (decided?.kind !== 'accepted') return null
      const { changes, paymentVoid } = decided
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      return paymentVoid
    },
    { retry: true },
  )
  if (begun !== null) await askForVoid(deps, scope, begun, at)
}
