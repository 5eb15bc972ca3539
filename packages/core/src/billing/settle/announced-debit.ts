import { isOpen, owedMinor, type Invoice } from '../../invoices/index.ts'
import type { MandateStatus } from '../../payments/index.ts'
import { RUNNING, type SubscriptionStatus } from '../../subscriptions/index.ts'
import { comparePlainDates, type Instant, type PlainDate } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { collectionFailed } from '../failed/collection-failed.ts'
import { dropBill } from '../bills/drop-bill.ts'
import { endsWithIt } from '../failed/ends-with-it.ts'
import { uncollectedFact } from '../state/facts.ts'
import { writeOff } from '../bills/write-off.ts'
import type { SoldState } from '../state/sold-state.ts'
import { concludeSaleOf } from '../sales/conclude-sale.ts'
import type { BilledState } from '../state/billed-state.ts'
import type { BillingTools, Work } from '../state/state.ts'

/** A debit whose payer has been told, on the day it is to be handed in. */
export type AnnouncedDebit = {
  readonly amountMinor: bigint
  readonly submissionOn: PlainDate
  readonly mandateStatus: MandateStatus
  readonly invoice: Pick<Invoice, 'status' | 'totalMinor' | 'paidMinor' | 'collectionMethod'>
  /** Nobody knows what becomes of another charge of the invoice. */
  readonly isBeingPaid: boolean
  /** Of the invoice's subscription; null without one. */
  readonly subscriptionStatus: SubscriptionStatus | null
}

export type DebitDecision =
  | { readonly kind: 'submit' }
  /** Not while its subscription is paused; nor is anything told anew of a bill that is being paid. */
  | { readonly kind: 'hold' }
  /** Another day or another amount than the payer was told: told anew. */
  | { readonly kind: 'announce_again'; readonly amountMinor: bigint }
  /** Nobody is to pay any more. */
  | { readonly kind: 'cancel'; readonly code: string }
  | { readonly kind: 'fail'; readonly code: string }

/** Whether a debit that was announced is still to be made. Looked at in this order. */
export function decideDebit(debit: AnnouncedDebit, today: PlainDate): DebitDecision {
  const { invoice, mandateStatus, subscriptionStatus: status } = debit
  if (!isOpen(invoice.status)) return { kind: 'cancel', code: `invoice_${invoice.status}` }
  // What a merchant plans by hand, of an invoice that was sent, is the merchant's to call off.
  const isAutomatic = invoice.collectionMethod === 'charge_automatically'
  if (isAutomatic && (status === 'canceled' || status === 'unpaid'))
    return { kind: 'cancel', code: `subscription_${status}` }
  if (isAutomatic && status === 'paused') return { kind: 'hold' }
  if (mandateStatus !== 'active') return { kind: 'fail', code: `mandate_${mandateStatus}` }
  const owed = owedMinor(invoice)
  const amountMinor = owed < debit.amountMinor ? owed : debit.amountMinor
  const isLate = comparePlainDates(today, debit.submissionOn) > 0
  if (!isLate && amountMinor === debit.amountMinor) return { kind: 'submit' }
  return debit.isBeingPaid ? { kind: 'hold' } : { kind: 'announce_again', amountMinor }
}

/**
 * A debit that was announced cannot be made: its bill is uncollected, as after a charge that was refused. Null where
 * that changes nothing: a bill without a running subscription, or one whose recovery is over.
 */
export function decideUncollected(
  state: BilledState,
  code: string,
  at: Instant,
  tools: BillingTools,
): ChangeSet | null {
  const { billed, invoice, lines, renewal, sold } = state
  if (sold !== undefined && isOpen(invoice.status))
    return declineSale({ ...state, sold }, code, { at, tools })
  if (billed === null || state.isRecoveryOver === true || !isOpen(invoice.status)) return null
  if (invoice.collectionMethod !== 'charge_automatically') return null
  if (!RUNNING.includes(billed.subscription.status)) return null
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  const timesBefore = own === undefined ? 0 : own.retriesMade + 1
  work.changes.facts.push(uncollectedFact({ invoice, lines }, timesBefore, at))
  if (renewal?.status === 'processing')
    work.changes.changedRenewals.push({ id: renewal.id, status: 'overdue' })
  collectionFailed(billed, { invoice, lines }, code, work)
  return work.changes
}

/**
 * A debit that was announced is not made, because its subscription has stopped: its bill is owed like one whose charge was
 * refused meanwhile, or ends with the subscription. Null where that changes nothing.
 */
export function decideCalledOff(
  { billed, invoice, lines, renewal }: BilledState,
  at: Instant,
  tools: BillingTools,
): ChangeSet | null {
  if (billed === null || !isOpen(invoice.status) || renewal?.status !== 'processing') return null
  const work: Work = { at, tools, changes: emptyChangeSet() }
  if (endsWithIt(billed, renewal)) dropBill({ invoice, lines, renewalId: renewal.id }, work)
  else work.changes.changedRenewals.push({ id: renewal.id, status: 'overdue' })
  return work.changes
}

/** A sale whose debit cannot be made has been declined; where nothing has begun, nobody is to pay. */
function declineSale(
  state: BilledState & { readonly sold: SoldState },
  code: string,
  given: Pick<Work, 'at' | 'tools'>,
): ChangeSet {
  const { invoice, lines, sold } = state
  const work: Work = { ...given, changes: emptyChangeSet() }
  const { changes } = work
  changes.facts.push(uncollectedFact({ invoice, lines }, 0, work.at))
  if (invoice.paidMinor === 0n && sold.sale.begunAt === null) writeOff({ invoice, lines }, work)
  concludeSaleOf(state, code, work)
  return changes
}
