import type { DisputeState } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { formatMoney } from '@perennial/core/money'
import type { Transaction } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findCustomers, type Customer } from '../../customers/index.ts'
import { listDisputesOf, listOnDispute, lockDisputesOf } from '../../disputes/index.ts'
import { findInvoices } from '../../invoices/index.ts'
import { lockTransactions } from '../../payments/index.ts'
import { findSalesOfInvoices } from '../../sales/index.ts'
import { findWithSuccessors, lockSubscriptions } from '../../subscriptions/index.ts'
import { loadStates } from '../load/load-states.ts'
import type { BillingScope } from '../scope.ts'

/** A dispute as a gateway names it, known or heard of for the first time, and the payment it is about. */
export type NamedDispute = {
  readonly sale: Pick<Transaction, 'id' | 'subscriptionId' | 'invoiceId'>
  readonly gatewayId: Uuid
  readonly reference: string
}

/**
 * Disputed payments with their subscriptions, as decisions need them, in the order in which they were named. Locked in the
 * order of every batch: the subscriptions, the sales, the disputes.
 */
export async function loadDisputeStates(
  tx: Tx,
  scope: BillingScope,
  named: readonly NamedDispute[],
): Promise<readonly DisputeState[]> {
  const { accountId } = scope
  const paidFor = await findPaidFor(tx, accountId, named)
  const subscriptionIds = [...new Set([...paidFor.values()].flat())]
  const saleIds = [...new Set(named.map(({ sale }) => sale.id))]
  const subscriptions = await lockSubscriptions(tx, accountId, subscriptionIds)
  const sales = await lockTransactions(tx, accountId, saleIds)
  const locked = await lockDisputesOf(tx, accountId, named)
  const [known, states, onDispute, factsOf] = await Promise.all([
    listDisputesOf(tx, accountId, saleIds),
    loadStates(tx, scope, subscriptions, { withRoutes: false }),
    listOnDispute(tx, accountId, subscriptionIds),
    loadFacts(tx, scope, sales),
  ])
  const saleOf = new Map(sales.map((sale) => [sale.id, sale]))
  const stateOf = new Map(states.map((state) => [state.subscription.id, state]))
  const disputesOf = Map.groupBy(known, (dispute) => dispute.paymentId)
  return named.map(({ sale: { id }, gatewayId, reference }) => {
    const sale = saleOf.get(id)
    assert(sale !== undefined, 'a sale is never deleted')
    const dispute =
      locked.find((one) => one.gatewayId === gatewayId && one.gatewayReference === reference) ??
      null
    const others = (disputesOf.get(id) ?? []).filter((other) => other.id !== dispute?.id)
    const billed = (paidFor.get(id) ?? []).flatMap((each) => stateOf.get(each) ?? [])
    const byDefault = scope.account.settings.disputes.onDispute
    return {
      sale,
      gatewayId,
      dispute,
      earlierDisputes: others.length,
      facts: factsOf(sale),
      billed: billed.map((state) => ({
        ...state,
        onDispute: onDispute.get(state.subscription.id) ?? byDefault,
      })),
    }
  })
}

/** The same of one. */
export async function loadDisputeState(
  tx: Tx,
  scope: BillingScope,
  named: NamedDispute,
): Promise<DisputeState> {
  const [state] = await loadDisputeStates(tx, scope, [named])
  assert(state !== undefined, 'whatever is named has a state')
  return state
}

/**
 * By payment: the subscription that was paid, or those that the paid sale has begun, trials too; with what has taken over from
 * them.
 */
async function findPaidFor(
  tx: Tx,
  accountId: Uuid,
  named: readonly NamedDispute[],
): Promise<ReadonlyMap<Uuid, readonly Uuid[]>> {
  const invoiceIds = named.flatMap(({ sale }) =>
    sale.subscriptionId === null ? (sale.invoiceId ?? []) : [],
  )
  const sold = await findSalesOfInvoices(tx, accountId, [...new Set(invoiceIds)])
  const begunBy = ({ subscriptionId, invoiceId }: NamedDispute['sale']): readonly Uuid[] => {
    if (subscriptionId !== null) return [subscriptionId]
    const lines = invoiceId === null ? [] : (sold.get(invoiceId)?.lines ?? [])
    return lines.flatMap((line) => line.subscriptionId ?? [])
  }
  const begun = new Map(named.map(({ sale }) => [sale.id, begunBy(sale)]))
  const after = await findWithSuccessors(tx, accountId, [...new Set([...begun.values()].flat())])
  return new Map(
    [...begun].map(([id, ids]) => [id, [...new Set(ids.flatMap((one) => after.get(one) ?? []))]]),
  )
}

/** What is attached to every answer: who paid what, when, and for what. Nothing that a bank has no use for. */
async function loadFacts(
  tx: Tx,
  { accountId, account }: BillingScope,
  sales: readonly Transaction[],
): Promise<(sale: Transaction) => Record<string, string>> {
  const [customers, invoices] = await Promise.all([
    findCustomers(tx, accountId, [...new Set(sales.map(({ customerId }) => customerId))]),
    findInvoices(tx, accountId, [...new Set(sales.flatMap(({ invoiceId }) => invoiceId ?? []))]),
  ])
  const customerOf = new Map(customers.map((customer) => [customer.id, customer]))
  const invoiceOf = new Map(invoices.map((invoice) => [invoice.id, invoice]))
  return (sale) => {
    const customer = customerOf.get(sale.customerId) ?? null
    const invoice = sale.invoiceId === null ? null : (invoiceOf.get(sale.invoiceId) ?? null)
    return toFacts(account.name, { sale, customer, invoice })
  }
}

function toFacts(
  merchantName: string,
  of: {
    readonly sale: Transaction
    readonly customer: Customer | null
    readonly invoice: Pick<Invoice, 'number' | 'period'> | null
  },
): Record<string, string> {
  const { sale, customer, invoice } = of
  const period = invoice?.period ?? null
  const known: Readonly<Record<string, string | null>> = {
    merchant_name: merchantName,
    payment_id: encodeId('transaction', sale.id),
    payment_amount: formatMoney(sale),
    payment_made_at: formatInstant(sale.createdAt),
    card_brand: sale.cardBrand,
    card_last4: sale.cardLast4,
    customer_name: customer?.name ?? null,
    customer_email: customer?.email ?? null,
    customer_phone: customer?.phone ?? null,
    customer_country: customer?.country ?? null,
    customer_since: formatInstantOrNull(customer?.createdAt ?? null),
    invoice_number: invoice?.number ?? null,
    service_from: formatInstantOrNull(period?.start ?? null),
    service_until: formatInstantOrNull(period?.end ?? null),
    subscription_id:
      sale.subscriptionId === null ? null : encodeId('subscription', sale.subscriptionId),
  }
  const given = Object.entries(known).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  )
  return Object.fromEntries(given)
}
