import { payInvoice } from '../../invoices/index.ts'
import {
  saleOf,
  saleTransfers,
  settleIntent,
  type ChargeRoute,
  type GatewayOutcome,
  type PaymentAttempt,
  type Transaction,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import type { SettlementState } from '../state/billed-state.ts'
import { paymentFact } from '../state/facts.ts'
import { concludeSaleOf } from '../sales/conclude-sale.ts'
import type { BillingTools } from '../state/state.ts'
import { intentFact, type IntentState } from './settle-intent.ts'
import { settlePaid } from './settle-paid.ts'

type Charged = Extract<GatewayOutcome, { kind: 'succeeded' }>

/** What a refused charge left behind, and what has been done since. */
export type Refused = {
  /** The sale as which it is booked. */
  readonly refused: Pick<Transaction, 'id' | 'createdAt'>
  /** Another charge is in flight, or its outcome is unknown: it may take the same money. */
  readonly isBeingPaid: boolean
  /** A person has looked, and says that it is what they were to be paid. */
  readonly isAccepted?: boolean
}

/**
 * A charge that is booked as refused has gone through after all. What it was for is still owed: it is booked as paid, so
 * that nothing charges it again. Null: it is owed no more, or not so much, or may be paid by another charge just now,
 * and a person has to look. Bank debits are theirs in any case: they have a mandate's collection, which has failed; so they are
 * booked when the person has accepted them.
 */
export function decideLateCharge(
  state: SettlementState & Refused,
  outcome: Charged,
  at: Instant,
  tools: BillingTools,
): ChangeSet | null {
  const { attempt, invoice } = state
  if (!isBookable(state)) return null
  if (payInvoice(invoice, attempt.amountMinor, at).kind === 'refused') return null
  const changes = emptyChangeSet()
  const sale = succeed(state, outcome, at, changes)
  settlePaid(state, sale, at, tools, changes)
  concludeSaleOf(state, null, { at, tools, changes })
  return changes
}

/**
 * The same of a payment intent that still waits for another method to pay the same amount. Where a person has accepted the
 * charge, the intent is for what was charged.
 */
export function decideLateIntentCharge(
  state: IntentState & Refused,
  outcome: Charged,
  at: Instant,
  tools: BillingTools,
): ChangeSet | null {
  const { attempt, intent } = state
  const isWaiting =
    intent.status === 'requires_payment_method' || intent.status === 'requires_confirmation'
  const isSame = intent.amountMinor === attempt.amountMinor && intent.currency === attempt.currency
  if (!isBookable(state) || !isWaiting || state.bill !== undefined) return null
  if (!isSame && state.isAccepted !== true) return null
  const changes = emptyChangeSet()
  const sale = succeed(state, outcome, at, changes)
  const [charged = attempt] = changes.changedAttempts
  const { amountMinor, currency } = attempt
  const asked = { ...intent, amountMinor, currency }
  const paid = { ...settleIntent(asked, charged, at), lastError: null }
  changes.changedIntents.push(paid)
  changes.transfers.push(...saleTransfers(sale, tools.nextId))
  changes.facts.push(intentFact('succeeded', paid, at))
  return changes
}

type LateState = Refused & {
  readonly attempt: PaymentAttempt
  readonly route: ChargeRoute | null
}

function isBookable({ attempt, route, isBeingPaid, isAccepted = false }: LateState): boolean {
  const isBankDebit = route !== null && route.methodType !== 'card'
  return attempt.operation === 'charge' && (isAccepted || !isBankDebit) && !isBeingPaid
}

/** The attempt and its sale, as if they had never been refused; the money is booked now. */
function succeed(
  { attempt, route, refused }: LateState,
  { gatewayReference, adviceCode, cardChecks }: Charged,
  at: Instant,
  changes: ChangeSet,
): Transaction {
  const charged: PaymentAttempt = {
    ...attempt,
    state: 'succeeded',
    gatewayReference,
    cardChecks: cardChecks ?? attempt.cardChecks,
    decline: null,
    approvalAdvice: adviceCode ?? null,
    settledAt: at,
  }
  const sale = saleOf(charged, { id: refused.id, route }, at)
  changes.changedAttempts.push(charged)
  changes.lateSales.push(sale)
  changes.facts.push(paymentFact({ ...sale, createdAt: refused.createdAt }, at))
  return sale
}
