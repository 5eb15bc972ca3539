import { cardsInTurn, type CardsInTurn, type GuardedCards } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { settleAnswer, type PaymentAttempt } from '@perennial/core/payments'
import type { RouteState, BillRouting } from '@perennial/core/routing'
import type { Subscription } from '@perennial/core/subscriptions'
import { maxInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { listRouteStates, loadRouting, type RouteSubject } from '../../routing/index.ts'
import { listToldCharged, subjectsOf, type AttemptOutcome } from '../../payments/index.ts'
import { lockGuardedCards } from './guarded-cards.ts'
import { findSalesOfInvoices } from '../../sales/index.ts'
import { routedBy } from './routed-by.ts'
import { inTurnWhereRecycled } from '../recycling/load-recycling.ts'
import type { BillingScope } from '../scope.ts'

/** How the charges of these subscriptions are routed, by id; empty where the account has set nothing up. */
export function loadBillRouting(
  tx: Tx,
  scope: BillingScope,
  of: { readonly subscriptions: readonly Subscription[]; readonly at: Instant },
): Promise<ReadonlyMap<Uuid, BillRouting>> {
  const subjects = of.subscriptions.map(({ id, customerId }) => ({
    key: id,
    subscriptionId: id,
    customerId,
    paymentMethodId: null,
  }))
  return loadRoutingOf(tx, scope, { subjects, at: of.at })
}

/** The same for whoever is charged, by the key that the caller gives each. */
export async function loadRoutingOf(
  tx: Tx,
  scope: Pick<BillingScope, 'accountId' | 'account'>,
  of: { readonly subjects: readonly RouteSubject[]; readonly at: Instant },
): Promise<ReadonlyMap<Uuid, BillRouting>> {
  const { accountId, account } = scope
  const { defaultPaymentProfileId: defaultProfileId } = account.settings
  const question = { accountId, at: of.at, defaultProfileId, draw: Math.random }
  const { backupMethods } = account.settings.payments
  const subjects = backupMethods ? of.subjects.map(withBackups) : of.subjects
  return loadRouting(tx, question, await inTurnWhereRecycled(tx, scope, subjects))
}

/** Only for what the merchant charges by itself: whoever is there, or names a method, is charged by that one. */
function withBackups(subject: RouteSubject): RouteSubject {
  const { subscriptionId, paymentMethodId } = subject
  return subscriptionId === null || paymentMethodId !== null
    ? subject
    : { ...subject, hasBackups: true }
}

/** For a charge that named its method: no other one is charged. */
export function fixedTo(
  paymentMethodId: Uuid,
  routing: BillRouting | undefined,
): BillRouting | undefined {
  if (routing === undefined) return undefined
  return { ...routing, known: { ...routing.known, fixedMethodId: paymentMethodId } }
}

type RouteOn = {
  readonly routeState: RouteState
  readonly routing?: BillRouting
  /** As they are when its turn comes. */
  readonly cards: GuardedCards | undefined
}

type RoutesOn = {
  /** By attempt; those that no route led to are absent. */
  readonly of: ReadonlyMap<Uuid, RouteOn>
  /** Whoever lets a route go on notes its charge, so that the next one sees it. */
  readonly cards: CardsInTurn
}

/**
 * How the routes of these attempts go on. The route of what a gateway says it has charged earlier, though that is booked as
 * refused, does not go on. What the others of them came to is known to each, and nobody else charges their cards until the
 * transaction ends.
 */
export async function loadRoutesOf(
  tx: Tx,
  scope: Pick<BillingScope, 'accountId' | 'account'>,
  {
    answers,
    atOf,
  }: {
    readonly answers: readonly AttemptOutcome[]
    readonly atOf: (attempt: PaymentAttempt) => Instant
  },
): Promise<RoutesOn> {
  const attempts = answers.map(({ attempt }) => attempt)
  const ids = attempts.map((attempt) => attempt.id)
  const states = await listRouteStates(tx, scope.accountId, ids)
  const routed = attempts.filter((attempt) => states.has(attempt.id))
  const [first] = routed
  if (first === undefined) return { of: new Map(), cards: cardsInTurn(undefined) }
  const aloneIds = routed.flatMap(({ subscriptionId, invoiceId }) =>
    subscriptionId === null ? (invoiceId ?? []) : [],
  )
  const sales = await findSalesOfInvoices(tx, scope.accountId, aloneIds)
  const subjects = routed.map(({ id: key, subscriptionId, customerId, invoiceId }) => {
    const paymentMethodId = states.get(key)?.fixedMethodId ?? null
    const sold = invoiceId === null ? undefined : sales.get(invoiceId)
    const said = sold === undefined ? {} : routedBy(key, sold.sale)
    return { key, subscriptionId, customerId, paymentMethodId, ...said }
  })
  const at = maxInstant(atOf(first), ...routed.map(atOf))
  const routings = await loadRoutingOf(tx, scope, { subjects, at })
  // Only what was refused goes on to a card that its network may have closed meanwhile.
  const refused = answers.filter(({ outcome }) => outcome.kind !== 'succeeded')
  const known = await lockGuardedCards(tx, scope.accountId, {
    routings: refused.flatMap(({ attempt }) => routings.get(attempt.id) ?? []),
    at,
  })
  const cards = cardsInTurn(known, answers.flatMap(answered))
  const ended = await listToldAttempts(tx, scope.accountId, routed)
  const of = [...states].map(([id, routeState]) => {
    const routing = ended.has(id) ? undefined : routings.get(id)
    return [id, { routeState, cards: cards.all, ...given('routing', routing) }] as const
  })
  return { of: new Map(of), cards }
}

/** The attempt as its answer leaves it, if it is one. */
function answered({ attempt, outcome }: AttemptOutcome): PaymentAttempt[] {
  const settled = settleAnswer(attempt, outcome, attempt.createdAt)
  return settled.kind === 'settled' ? [settled.attempt] : []
}

/** Those whose bill or payment intent an earlier charge may have paid. */
async function listToldAttempts(
  tx: Tx,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
): Promise<ReadonlySet<Uuid>> {
  const later = attempts.filter(({ attemptNumber }) => attemptNumber > 1)
  if (later.length === 0) return new Set()
  const told = await listToldCharged(tx, accountId, subjectsOf(later))
  const isTold = ({ invoiceId, paymentIntentId }: PaymentAttempt): boolean =>
    [invoiceId, paymentIntentId].some((id) => id !== null && told.has(id))
  return new Set(later.filter(isTold).map(({ id }) => id))
}
