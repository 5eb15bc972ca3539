import {
  addChanges,
  decideLateCharge,
  decideLateIntentCharge,
  type ChangeSet,
  type IntentState,
  type SettlementState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import {
  isLive,
  type GatewayOutcome,
  type PaymentAttempt,
  type Transaction,
} from '@perennial/core/payments'
import { addMs, maxInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findIntentAttempt, findLiveAttempt, findSaleOfAttempt } from '../../payments/index.ts'
import { insertNotices, parkNotice } from '../../payments/notices/index.ts'
import { toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

type Booking = { readonly tx: Tx; readonly scope: BillingScope; readonly changes: ChangeSet }

type Late<State> = {
  readonly state: State
  readonly outcome: GatewayOutcome
  readonly at: Instant
} & ToldSettings

/** How word of a charge that contradicts the books has come. */
export type ToldSettings = {
  /** By a notice, which keeps what cannot be booked. */
  readonly isTold?: boolean
  /** A person has looked, and says that it is to be booked. */
  readonly isAccepted?: boolean
}

/**
 * A gateway has taken the money of a charge that is booked as refused. Where it is still owed it is booked, with the other
 * changes; where it is not, what the gateway said is kept for a person. True when it is booked.
 */
export async function bookLateCharge(
  deps: BillingDeps,
  { tx, scope, changes }: Booking,
  { state, outcome, at, isTold = false, isAccepted = false }: Late<SettlementState>,
): Promise<boolean> {
  const { attempt } = state
  const isBeingPaid = await hasRival(tx, scope, attempt)
  const refused = await getRefused(tx, scope, attempt)
  assert(outcome.kind === 'succeeded', 'what contradicts a refusal is that money moved')
  const late = { ...state, refused, isBeingPaid, isAccepted }
  const booked = decideLateCharge(late, outcome, at, toolsOf(deps))
  if (booked !== null) addChanges(changes, booked)
  else if (!isTold) await keepForPerson(deps, { tx, scope }, { attempt, outcome, at, isBeingPaid })
  return booked !== null
}

/** The same of a charge of a payment intent. */
export async function bookLateIntentCharge(
  deps: BillingDeps,
  { tx, scope, changes }: Booking,
  { state, outcome, at, isTold = false, isAccepted = false }: Late<IntentState>,
): Promise<boolean> {
  const { attempt } = state
  const isBeingPaid = await hasRival(tx, scope, attempt)
  assert(outcome.kind === 'succeeded', 'what contradicts a refusal is that money moved')
  // What was only to be held has left no sale.
  const refused = attempt.operation === 'authorize' ? null : await getRefused(tx, scope, attempt)
  const late = refused === null ? null : { ...state, refused, isBeingPaid, isAccepted }
  const booked = late && decideLateIntentCharge(late, outcome, at, toolsOf(deps))
  if (booked !== null) addChanges(changes, booked)
  else if (!isTold) await keepForPerson(deps, { tx, scope }, { attempt, outcome, at, isBeingPaid })
  return booked !== null
}

/** Whether another charge of the same bill or intent may still take the same money. */
export async function hasRival(
  tx: Tx,
  { accountId }: BillingScope,
  { invoiceId, paymentIntentId }: PaymentAttempt,
): Promise<boolean> {
  if (paymentIntentId === null)
    return invoiceId !== null && (await findLiveAttempt(tx, accountId, invoiceId)) !== null
  const latest = await findIntentAttempt(tx, accountId, paymentIntentId)
  return latest !== null && isLive(latest)
}

async function getRefused(
  tx: Tx,
  { accountId }: BillingScope,
  { id }: PaymentAttempt,
): Promise<Transaction> {
  const sale = await findSaleOfAttempt(tx, accountId, id)
  assert(sale !== null, 'a charge that was refused has left its sale')
  return sale
}

export const CHARGED_AFTER_ALL =
  'the gateway charged what is not booked as charged: accept it, or refund it there and dismiss this'

/** What a gateway has charged, as if it had told it unasked. One that another charge is in the way of is tried again when that has come to an end. */
export async function keepForPerson(
  deps: BillingDeps,
  { tx, scope }: Omit<Booking, 'changes'>,
  late: {
    readonly attempt: PaymentAttempt
    readonly outcome: GatewayOutcome
    readonly at: Instant
    readonly isBeingPaid?: boolean
  },
): Promise<void> {
  const { attempt, outcome, at, isBeingPaid = false } = late
  const { accountId } = scope
  const { id, gatewayId } = attempt
  assert(outcome.kind === 'succeeded', 'what is kept is that money moved')
  deps.log.error({ accountId, attemptId: id }, 'a gateway charged what is booked as declined')
  const notice = {
    id: `answer ${id}`,
    // It is later news than the refusal.
    at: attempt.settledAt === null ? at : maxInstant(at, addMs(attempt.settledAt, 1)),
    kind: 'charge',
    idempotencyKey: id,
    gatewayReference: outcome.gatewayReference,
    outcome,
  } as const
  const receivedAt = deps.clock.now()
  const nextId = () => deps.ids.next()
  const kept = { accountId, gatewayId, nextId, receivedAt, leaseMs: deps.leaseMs }
  if (isBeingPaid) await insertNotices(tx, { ...kept, source: 'pull', notices: [notice] })
  else await parkNotice(tx, kept, { notice, reason: CHARGED_AFTER_ALL })
}
