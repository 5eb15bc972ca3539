import {
  saleOf,
  saleTransfers,
  settleAnswer,
  settleIntent,
  type ChargeRoute,
  type GatewayOutcome,
  type PaymentAttempt,
  type PaymentIntent,
} from '../../payments/index.ts'
import { isOpen } from '../../invoices/index.ts'
import { stopMessage, type RouteState, type BillRouting } from '../../routing/index.ts'
import { addDays, type Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet, type Fact } from '../state/change-set.ts'
import type { Told } from '../state/fact-types.ts'
import { invoiceFact, paymentFact } from '../state/facts.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import { dropBill } from '../bills/drop-bill.ts'
import { writeOff } from '../bills/write-off.ts'
import { chargeIntentOn } from '../charges/route-intent.ts'
import { settlePaid } from './settle-paid.ts'
import type { SettlementDecision } from './settle.ts'
import type { BilledState } from '../state/billed-state.ts'
import type { BillingTools, Work } from '../state/state.ts'

/** An attempt on a payment intent and what its outcome may change. */
export type IntentState = {
  readonly intent: PaymentIntent
  readonly attempt: PaymentAttempt
  readonly route: ChargeRoute | null
  /** The invoice that what was authorised is taken for; absent = what is taken is of no invoice. */
  readonly bill?: BilledState
  /** How long the gateway holds what it authorises; absent = not known. */
  readonly holdDays?: number
  /** Where a customer who is sent away to act comes back to. */
  readonly returnUrl?: string
  /** How far the route of the attempt has come, and how it goes on; absent where none led to it. */
  readonly routeState?: RouteState
  readonly routing?: BillRouting
  /** What the card networks have to say of the cards in it. */
  readonly cards?: GuardedCards | undefined
}

/** `payment_intent.<what>`. Facts that repeat are told apart by their attempt. */
export function intentFact(
  what: Told<'payment_intent'>,
  intent: PaymentIntent,
  at: Instant,
  number = 0n,
): Fact {
  const subject = { kind: 'payment_intent', intent } as const
  return { type: `payment_intent.${what}`, at, number, subject, previous: null }
}

/**
 * What a gateway's answer to an attempt on an intent changes. The customer may be there, so a challenge is put to
 * them. An authorisation moves no money: the transaction and its posting come with the capture.
 */
export function decideIntentSettlement(
  state: IntentState,
  outcome: GatewayOutcome,
  at: Instant,
  tools: BillingTools,
): SettlementDecision {
  const changes = emptyChangeSet()
  const settled = settleAnswer(state.attempt, outcome, at)
  if (settled.kind === 'ignored') {
    const isContradicted = settled.code === 'charged_after_decline'
    return { result: isContradicted ? 'contradicted' : 'ignored', changes }
  }
  const attempt = heldFor(settled.attempt, state.holdDays, at)
  const number = BigInt(attempt.attemptNumber)
  // Asked about again and still waiting for the customer: nothing is new.
  if (attempt.state === 'needs_action' && state.attempt.state === 'needs_action')
    return { result: 'ignored', changes }
  changes.changedAttempts.push(attempt)
  const intent = withReturnUrl(settleIntent(state.intent, attempt, at), state.returnUrl)
  if (settled.kind === 'waiting') {
    const isTaken = attempt.state === 'pending' && state.attempt.state !== 'pending'
    if (isTaken) changes.submittedAttempts.push(attempt)
    if (intent.status !== state.intent.status) changes.changedIntents.push(intent)
    if (attempt.state === 'needs_action')
      changes.facts.push(intentFact('requires_action', intent, at, number))
    return { result: 'waiting', changes }
  }

  const isPaid = attempt.state === 'succeeded'
  if (isPaid && attempt.operation === 'authorize') {
    changes.changedIntents.push(intent)
    return { result: 'paid', changes }
  }
  const sale = saleOf(attempt, { id: tools.nextId(), route: state.route }, at)
  changes.newTransactions.push(sale)
  changes.facts.push(paymentFact(sale, at))
  if (!isPaid && chargeIntentOn(state, attempt, { at, tools, changes }))
    return { result: 'charging_on', changes }
  const { bill } = state
  if (!isPaid) {
    const failed = toldBy(changes, intent, state.route)
    changes.changedIntents.push(failed)
    changes.facts.push(intentFact('payment_failed', failed, at, number))
    if (hasEnded(state.intent, failed)) changes.facts.push(intentFact('canceled', failed, at))
    if (bill !== undefined) captureFailed(bill, number, { at, tools, changes })
    return { result: 'failed', changes }
  }
  changes.changedIntents.push(intent)
  if (bill === undefined) changes.transfers.push(...saleTransfers(sale, tools.nextId))
  else settlePaid(bill, sale, at, tools, changes)
  changes.facts.push(intentFact('succeeded', intent, at))
  return { result: 'paid', changes }
}

/** The failure of what was charged, in the words that the payment profile ended the route with, where it has any. */
function toldBy(
  { newRouteDecisions }: ChangeSet,
  intent: PaymentIntent,
  route: ChargeRoute | null,
): PaymentIntent {
  const { lastError } = intent
  if (lastError === null) return intent
  const message =
    stopMessage(newRouteDecisions.flatMap(({ step }) => step.reasons)) ?? lastError.message
  const charged =
    route === null ? {} : { paymentMethod: { id: route.paymentMethodId, type: route.methodType } }
  return { ...intent, lastError: { ...lastError, message, ...charged } }
}

/**
 * It was made for this capture alone: nobody sends it, and another capture makes another. Where the customer's credit has
 * paid some of it, it is voided instead, so that the credit goes back.
 */
function captureFailed(bill: BilledState, number: bigint, work: Work): void {
  const { invoice, lines } = bill
  work.changes.facts.push(invoiceFact('payment_failed', bill, work.at, number))
  if (!isOpen(invoice.status)) return
  const usedCredit = invoice.creditAppliedMinor > 0n
  const dropped = usedCredit ? dropBill({ invoice, lines, renewalId: null }, work) : null
  if (dropped === null) writeOff(bill, work)
}

/** When the gateway will have let go of what it has authorised: then it is asked. */
function heldFor(
  attempt: PaymentAttempt,
  holdDays: number | undefined,
  at: Instant,
): PaymentAttempt {
  const isHeld = attempt.operation === 'authorize' && attempt.state === 'succeeded'
  return isHeld && holdDays !== undefined ? { ...attempt, checkAt: addDays(at, holdDays) } : attempt
}

function hasEnded(before: PaymentIntent, after: PaymentIntent): boolean {
  return before.status !== 'canceled' && after.status === 'canceled'
}

function withReturnUrl(intent: PaymentIntent, returnUrl: string | undefined): PaymentIntent {
  const { nextAction } = intent
  if (nextAction === null || returnUrl === undefined) return intent
  return { ...intent, nextAction: { ...nextAction, returnUrl } }
}
