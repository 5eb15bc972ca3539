import type { GatewayDispute } from '@perennial/core/payments'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { findSaleOf } from '../../payments/index.ts'
import { createRefund } from '../refunds/create-refund.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/**
 * Gives back a payment that a chargeback is announced for, where the merchant wants that: there is nothing left to charge
 * back then. What cannot be refunded (any more) is left to the dispute.
 */
export async function refundWarned(
  deps: BillingDeps,
  scope: BillingScope,
  warned: { readonly gatewayId: Uuid; readonly told: GatewayDispute },
  at: Instant,
): Promise<void> {
  const { accountId, account } = scope
  const { told, gatewayId } = warned
  const isWanted = account.settings.disputes.refundEarlyWarnings
  if (!isWanted || told.status !== 'warning_needs_response') return
  const charge = { accountId, gatewayId, reference: told.chargeReference }
  const sale = await deps.database.statement((tx) => findSaleOf(tx, charge))
  if (sale === null) return
  const refunded = await createRefund(deps, contextOf(deps, scope, at), {
    paymentId: sale.id,
    amountMinor: null,
    reason: told.reason === 'fraudulent' ? 'fraudulent' : 'other',
    reasonDetails: 'A chargeback was announced.',
    mode: 'at_once',
  })
  if (refunded.kind === 'refused')
    deps.log.info({ accountId, paymentId: sale.id, code: refunded.code }, 'warned payment kept')
}

/** What a command is handed that no request asks for. */
function contextOf(deps: BillingDeps, scope: BillingScope, now: Instant): CommandContext {
  const { accountId, environment, account } = scope
  return {
    accountId,
    environment,
    account,
    now,
    ids: deps.ids,
    request: null,
    inTx: (fn) => deps.database.tx(fn),
    remember: async () => undefined,
  }
}
