import type { SoldState, SubscriptionState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { InvoiceLine } from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomersShared } from '../../customers/index.ts'
import {
  findInvoices,
  listInvoiceLines,
  lockInvoices,
  type StoredInvoice,
} from '../../invoices/index.ts'
import { listLatestAttempts, listLiveAttempts } from '../../payments/index.ts'
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
  /** The customer had been deleted by then; whoever is there is kept from it until the transaction ends. */
  readonly isCustomerGone: boolean
}

/** One of `lockInvoiceStates`. Null when the account has no such invoice. */
export async function lockInvoiceState(
  tx: Tx,
  scope: BillingScope,
  invoiceId: Uuid,
): Promise<InvoiceState | null> {
  return (await lockInvoiceStates(tx, scope, [invoiceId])).get(invoiceId) ?? null
}

/**
 * Locks customers, subscriptions and invoices, in the order of every command and batch, and reads a set at a time. What the
 * account does not have is absent.
 */
export async function lockInvoiceStates(
  tx: Tx,
  scope: BillingScope,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, InvoiceState>> {
  const { accountId } = scope
  const seen = await findInvoices(tx, accountId, invoiceIds)
  if (seen.length === 0) return new Map()
  const customerIds = new Set(seen.map(({ customerId }) => customerId))
  const customers = await lockCustomersShared(tx, accountId, [...customerIds])
  const aloneIds = seen.filter(({ subscriptionId }) => subscriptionId === null).map(({ id }) => id)
  const seenSales = await loadSold(tx, scope, aloneIds)
  const begunIds = await listBegun(tx, accountId, seenSales)
  const billedIds = seen.flatMap(({ subscriptionId }) => subscriptionId ?? [])
  const subscriptionIds = new Set([...billedIds, ...begunIds])
  const subscriptions = await lockSubscriptions(tx, accountId, [...subscriptionIds])
  const [invoices, states, lines, renewals, live, latest] = await Promise.all([
    lockInvoices(tx, accountId, invoiceIds),
    loadStates(tx, scope, subscriptions),
    listInvoiceLines(tx, accountId, invoiceIds),
    listRenewalsOfInvoices(tx, accountId, invoiceIds),
    listLiveAttempts(tx, accountId, invoiceIds),
    listLatestAttempts(tx, accountId, invoiceIds),
  ])
  const sales = await refreshSold(tx, accountId, seenSales)
  const stateOf = new Map(states.map((state) => [state.subscription.id, state]))
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  const renewalOf = new Map(renewals.map((renewal) => [renewal.invoiceId, renewal]))
  return new Map(
    invoices.map((invoice) => {
      const { id, subscriptionId, customerId } = invoice
      const sold = sales.get(id)
      const latestAttempt = latest.get(id) ?? null
      const state: InvoiceState = {
        invoice,
        lines: linesOf.get(id) ?? [],
        renewal: renewalOf.get(id) ?? null,
        billed: (subscriptionId === null ? null : stateOf.get(subscriptionId)) ?? null,
        ...(sold === undefined ? {} : { sold: withBegun(sold, stateOf) }),
        liveAttempt: live.get(id) ?? null,
        attemptsMade: latestAttempt?.attemptNumber ?? 0,
        latestAttempt,
        isCustomerGone: !customers.has(customerId),
      }
      return [id, state]
    }),
  )
}
