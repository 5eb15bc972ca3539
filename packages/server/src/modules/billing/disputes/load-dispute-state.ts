import type { DisputeState } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatMoney } from '@perennial/core/money'
import type { Transaction } from '@perennial/core/payments'
import { formatInstant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findCustomer } from '../../customers/index.ts'
import { listDisputesOf, listOnDispute, lockDisputeOf } from '../../disputes/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { lockSale } from '../../payments/index.ts'
import { findSalesOfInvoices } from '../../sales/index.ts'
import { listWithSuccessors, lockSubscriptions } from '../../subscriptions/index.ts'
import { loadStates } from '../load/load-states.ts'
import type { BillingScope } from '../scope.ts'

/**
 * A disputed payment with its subscriptions, as a decision needs it. Locked in the order of every batch: the
 * subscriptions, the sale, the dispute.
 */
export async function loadDisputeState(
  tx: Tx,
  scope: BillingScope,
  of: { readonly sale: Transaction; readonly gatewayId: Uuid; readonly reference: string },
): Promise<DisputeState> {
  const { accountId } = scope
  const { gatewayId, reference } = of
  const subscriptionIds = await listPaidFor(tx, accountId, of.sale)
  const subscriptions = await lockSubscriptions(tx, accountId, subscriptionIds)
  const sale = await lockSale(tx, accountId, of.sale.id)
  assert(sale !== null, 'a sale is never deleted')
  const dispute = await lockDisputeOf(tx, { accountId, gatewayId, reference })
  const [others, states, onDispute, facts] = await Promise.all([
    listDisputesOf(tx, accountId, sale.id),
    loadStates(tx, scope, subscriptions, { withRoutes: false }),
    listOnDispute(tx, accountId, subscriptionIds),
    collectFacts(tx, scope, sale),
  ])
  return {
    sale,
    gatewayId,
    dispute,
    earlierDisputes: others.filter(({ id }) => id !== dispute?.id).length,
    facts,
    billed: states.map((state) => ({
      ...state,
      onDispute: onDispute.get(state.subscription.id) ?? scope.account.settings.disputes.onDispute,
    })),
  }
}

/** The subscription that was paid, or those that the paid sale has begun, trials too; with what has taken over from them. */
async function listPaidFor(
  tx: Tx,
  accountId: Uuid,
  { subscriptionId, invoiceId }: Transaction,
): Promise<Uuid[]> {
  if (subscriptionId !== null) return listWithSuccessors(tx, accountId, [subscriptionId])
  if (invoiceId === null) return []
  const sold = (await findSalesOfInvoices(tx, accountId, [invoiceId])).get(invoiceId)
  const begun = sold?.lines.flatMap((line) => line.subscriptionId ?? []) ?? []
  return listWithSuccessors(tx, accountId, begun)
}

/** What is attached to every answer: who paid what, when, and for what. Nothing that a bank has no use for. */
async function collectFacts(
  tx: Tx,
  scope: BillingScope,
  sale: Transaction,
): Promise<Record<string, string>> {
  const { accountId, account } = scope
  const customer = await findCustomer(tx, { accountId, id: sale.customerId })
  const invoice = sale.invoiceId === null ? null : await findInvoice(tx, accountId, sale.invoiceId)
  const period = invoice?.period ?? null
  const known: Readonly<Record<string, string | null>> = {
    merchant_name: account.name,
    payment_id: encodeId('transaction', sale.id),
    payment_amount: formatMoney(sale),
    payment_made_at: formatInstant(sale.createdAt),
    card_brand: sale.cardBrand,
    card_last4: sale.cardLast4,
    customer_name: customer?.name ?? null,
    customer_email: customer?.email ?? null,
    customer_phone: customer?.phone ?? null,
    customer_country: customer?.country ?? null,
    customer_since: customer === null ? null : formatInstant(customer.createdAt),
    invoice_number: invoice?.number ?? null,
    service_from: period === null ? null : formatInstant(period.start),
    service_until: period === null ? null : formatInstant(period.end),
    subscription_id:
      sale.subscriptionId === null ? null : encodeId('subscription', sale.subscriptionId),
  }
  const given = Object.entries(known).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  )
  return Object.fromEntries(given)
}
