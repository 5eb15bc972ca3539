import {
  decideCalledOff,
  decideDebit,
  decideUncollected,
  emptyChangeSet,
  type BillingTools,
  type ChangeSet,
  type DebitDecision,
} from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import { bacsDayAt, onBacsDay, planCollection } from '@perennial/core/payments'
import { addDays, addMs, maxInstant, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { toDates } from '../../payments/mandates/index.ts'
import { addPayment, checkPayable, findWay, refusalOf } from '../invoices/plan-payment.ts'
import { dateOf } from './date-of.ts'
import type { DebitState } from './load-debits.ts'
import type { DebitMove, DueDebit } from './move-debits.ts'

/** What becomes of a debit, and of its bill; null = the bill stays as it is. */
export type DecidedDebit = { readonly move: DebitMove; readonly changes: ChangeSet | null }

/** Whether an announced debit is handed in on its day, and what is written of it. */
export function decideSubmission(state: DebitState, tools: BillingTools): DecidedDebit {
  const { debit, bill } = state
  const { row, mandate, at } = debit
  const announced = {
    amountMinor: row.amount_minor,
    submissionOn: dateOf(row.submission_on),
    mandateStatus: mandate.status,
    invoice: bill.invoice,
    isBeingPaid: state.isBeingPaid,
    subscriptionStatus: bill.billed?.subscription.status ?? null,
  }
  const decision = decideDebit(announced, bacsDayAt(at))
  switch (decision.kind) {
    case 'submit':
      return submit(state, tools)
    case 'hold':
      return { move: waiting(debit, addDays(at, 1)), changes: null }
    case 'announce_again':
      return { move: announcedAgain(debit, decision.amountMinor), changes: null }
    case 'cancel':
    case 'fail':
      return leave(state, decision, tools)
    default:
      return assertNever(decision)
  }
}

/** Looked at again at that time. */
export function waiting(debit: DueDebit, until: Instant): DebitMove {
  return { ...debit, change: { status: 'notified', due_at: until } }
}

function announcedAgain(debit: DueDebit, amountMinor: bigint): DebitMove {
  const { at } = debit
  const dates = planCollection(bacsDayAt(at), null)
  const due_at = maxInstant(at, onBacsDay(dates.noticeOn))
  const told = { ...toDates(dates), amount_minor: amountMinor }
  return { ...debit, change: { status: 'scheduled', due_at, ...told } }
}

function submit(state: DebitState, tools: BillingTools): DecidedDebit {
  const { debit, bill, route, routing } = state
  const { row, at } = debit
  const failed = (code: string) => leave(state, { kind: 'fail', code }, tools)
  const checked = checkPayable(bill, row.amount_minor, at)
  // Somebody pays it just now: what comes of that decides.
  const isBeingPaid = checked.kind === 'refused' && checked.code === 'invoice_being_paid'
  if (isBeingPaid || state.isBeingPaid)
    return { move: waiting(debit, addMs(at, MS_PER_HOUR)), changes: null }
  if (checked.kind === 'refused') return failed(checked.code)
  if (bill.isCustomerGone) return failed('customer_deleted')
  if (route === null) return failed('payment_method_not_found')
  // The networks' guard is about cards alone.
  const ofAccount = { cards: undefined, isCustomerPresent: false, amountMinor: checked.value }
  const payment = { state: bill, route, routing, ...ofAccount }
  const found = findWay(payment, at)
  if (found.kind === 'none') return failed(refusalOf(found.code))
  const work = { at, tools, changes: emptyChangeSet() }
  const { id: attempt_id } = addPayment(payment, found, work)
  const due_at = onBacsDay(dateOf(row.settlement_on))
  const change = { status: 'submitted', due_at, attempt_id } as const
  return { move: { ...debit, change }, changes: work.changes }
}

/** A debit that is not made, and what that means for its bill; where another charge is under way, what that comes to decides. */
function leave(
  { debit, bill, isRecoveryOver }: DebitState,
  { kind, code }: Extract<DebitDecision, { readonly kind: 'cancel' | 'fail' }>,
  tools: BillingTools,
): DecidedDebit {
  const { at } = debit
  const status = kind === 'fail' ? 'failed' : 'cancelled'
  const move: DebitMove = { ...debit, change: { status, due_at: null, failure_code: code } }
  if (bill.liveAttempt !== null) return { move, changes: null }
  const left = { ...bill, isRecoveryOver }
  const changes =
    kind === 'fail' ? decideUncollected(left, code, at, tools) : decideCalledOff(left, at, tools)
  return { move, changes }
}
