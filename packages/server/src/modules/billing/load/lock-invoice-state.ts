import type { SoldState, SubscriptionState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { InvoiceLine } from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomerShared, type Customer } from '../../customers/index.ts'
import {
  findInvoice,
  listInvoiceLines,
  lockInvoices,
  type StoredInvoice,
} from '../../invoices/index.ts'
import { findLatestAttempt, findLiveAttempt } from '../../payments/index.ts'
import {
  listRenewalsOfInvoices,
  lockSubscriptions,
  type RenewalOfInvoice,
} from '../../subscriptions/index.ts'
import { loadStates } from './load-states.ts'
import { listBegun, loadSold, refreshSold, withBegun } from './load-sold.ts'
import type { BillingScope } from '../scope.ts'

/** One invoice and everything that a command on it may change. */
export type InvoiceState = {
  readonly invoice: StoredInvoice
  readonly lines: readonly InvoiceLine[]
  readonly renewal: RenewalOfInvoice | null
  readonly billed: SubscriptionState | null
  /** The sale that it is the invoice of. */
  readonly sold?: SoldState
  /** A charge of it whose end is not known: nothing else may be done to its money meanwhile. */
  readonly liveAttempt: PaymentAttempt | null
  readonly attemptsMade: number
  readonly latestAttempt: PaymentAttempt | null
  /** Kept from being deleted meanwhile; null = deleted already. */
  readonly customer: Customer | null
}

/** Locks customer, subscription and invoice, in the order of every command and batch. Null when the account has no such invoice. */
export async function lockInvoiceState(
  tx: Tx,
  scope: BillingScope,
  invoiceId: Uuid,
): Promise<InvoiceState | null> {
  const { accountId } = scope
  const seen = await findInvoice(tx, accountId, invoiceId)
  if (seen === null) return null
  const customer = await lockCustomerShared(tx, { accountId, id: seen.customerId })
  const subscriptionIds = seen.subscriptionId === null ? [] : [seen.subscriptionId]
  const seenSales = await loadSold(tx, scope, seen.subscriptionId === null ? [invoiceId] : [])
  const begunIds = await listBegun(tx, accountId, seenSales)
  const subscriptions = await lockSubscriptions(tx, accountId, [...subscriptionIds, ...begunIds])
  const [[invoice], states, lines, renewals, liveAttempt, latestAttempt] = await Promise.all([
    lockInvoices(tx, accountId, [invoiceId]),
    loadStates(tx, scope, subscriptions),
    listInvoiceLines(tx, accountId, [invoiceId]),
    listRenewalsOfInvoices(tx, accountId, [invoiceId]),
    findLiveAttempt(tx, accountId, invoiceId),
    findLatestAttempt(tx, accountId, invoiceId),
  ])
  if (invoice === undefined) return null
  const sold = (await refreshSold(tx, accountId, seenSales)).get(invoiceId)
  const stateOf = new Map(states.map((state) => [state.subscription.id, state]))
  return {
    invoice,
    lines,
    renewal: renewals[0] ?? null,
    billed: (seen.subscriptionId === null ? null : stateOf.get(seen.subscriptionId)) ?? null,
    ...(sold === undefined ? {} : { sold: withBegun(sold, stateOf) }),
    liveAttempt,
    attemptsMade: latestAttempt?.attemptNumber ?? 0,
    latestAttempt,
    customer,
  }
}
