import { addIntentAttempt, emptyChangeSet, findIntentRoute, toldOf } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  confirmIntent as decideConfirm,
  type PaymentAttempt,
  type PaymentIntent,
} from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import {
  findIntent,
  findIntentAttempt,
  findMethodRoute,
  isIntentTaken,
  listDisabledGateways,
  lockIntents,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collectIntents, lookUpIntents } from './charge-intent.ts'
import { forbidden, lockGuardedCards } from '../load/guarded-cards.ts'
import { nextRetry } from '../invoices/plan-payment.ts'
import { fixedTo, loadRoutingOf } from '../load/load-bill-routing.ts'
import { refuseIntent } from './refuse-intent.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

export type ConfirmIntent = {
  readonly id: Uuid
  /** Null = the intent's own, else the customer's default. */
  readonly paymentMethodId: Uuid | null
  readonly returnUrl: string | null
  /** A charge that the merchant makes alone has nobody who could authenticate. */
  readonly isCustomerPresent: boolean
}

export type ConfirmRefusal =
  | 'intent_not_found'
  | 'intent_being_charged'
  | 'intent_state_invalid'
  | 'customer_deleted'
  | 'gateways_disabled'
  | 'payment_method_missing'
  | 'payment_method_not_found'
  | 'no_gateway_available'
  | 'attempt_forbidden'

/** What is to be done once the transaction is over. */
export type BegunConfirm =
  | { readonly kind: 'send'; readonly attempt: PaymentAttempt }
  | { readonly kind: 'ask'; readonly attempt: PaymentAttempt }

/**
 * Charges or authorises an intent. The attempt is committed before the gateway is called, and its answer settled
 * before this returns. An intent whose charge is still under way is asked about instead: nothing is charged twice.
 */
export async function confirmIntent(
  deps: BillingDeps,
  context: CommandContext,
  request: ConfirmIntent,
): Promise<Decision<Uuid, ConfirmRefusal>> {
  const begun = await beginConfirm(deps, context, request)
  if (begun.kind === 'refused') return begun
  await concludeConfirm(deps, context, { begun: begun.value, returnUrl: request.returnUrl })
  return accepted(request.id)
}

/** The first half of `confirmIntent`: writes the attempt, and asks nobody. */
export async function beginConfirm(
  deps: BillingDeps,
  context: CommandContext,
  request: ConfirmIntent,
): Promise<Decision<BegunConfirm, ConfirmRefusal>> {
  return context.inTx(async (tx) => {
    const decision = await begin(deps, context, { tx, request })
    if (decision.kind === 'accepted') await context.remember(tx, 'payment_intent', request.id)
    return decision
  })
}

/** The other half, after the commit: charges, and settles the answer. */
export async function concludeConfirm(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly begun: BegunConfirm; readonly returnUrl: string | null },
): Promise<void> {
  await deps.onStep?.('applied')
  const { kind, attempt } = given.begun
  const { returnUrl } = given
  const settings = { atOf: () => context.now, ...(returnUrl === null ? {} : { returnUrl }) }
  const work = kind === 'send' ? collectIntents : lookUpIntents
  await work(deps, scopeOf(context), [attempt], settings)
}

async function begin(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly tx: Tx; readonly request: ConfirmIntent },
): Promise<Decision<BegunConfirm, ConfirmRefusal>> {
  const { tx, request } = given
  const { accountId, now } = context
  const seen = await findIntent(tx, accountId, request.id)
  if (seen === null) return refused('intent_not_found')
  const { customerId } = seen
  const customer = await lockCustomerShared(tx, { accountId, id: customerId })
  const [intent] = await lockIntents(tx, accountId, [request.id])
  if (intent === undefined) return refused('intent_not_found')
  const latest = await findIntentAttempt(tx, accountId, request.id)
  if (latest !== null && isAskable(latest)) return accepted({ kind: 'ask', attempt: latest })
  if (latest?.state === 'sending') return refused('intent_being_charged')
  if (latest !== null && (await isIntentTaken(tx, accountId, request.id)))
    return refused('intent_being_charged')

  const wanted = request.paymentMethodId ?? intent.paymentMethodId
  const route = await findMethodRoute(tx, accountId, { customerId, paymentMethodId: wanted })
  // The state is asked first, whatever else is missing.
  const decision = decideConfirm(intent, route?.paymentMethodId ?? wanted, now)
  if (decision.kind === 'refused' && decision.code === 'intent_state_invalid')
    return refuseIntent(intent, 'confirmed')
  if (customer === null) return refused('customer_deleted')
  const method = { customerId, paymentMethodId: wanted }
  if (route === null && (await listDisabledGateways(tx, accountId, method)).length > 0)
    return refused('gateways_disabled')
  if (decision.kind === 'refused') return refused(decision.code)
  if (route === null) return refused('payment_method_not_found')
  const { paymentMethodId } = route
  const subject = { key: intent.id, subscriptionId: null, customerId, paymentMethodId }
  const loaded = await loadRoutingOf(tx, context, { subjects: [subject], at: now })
  const routing = fixedTo(paymentMethodId, loaded.get(intent.id))
  const attemptsMade = latest?.attemptNumber ?? 0
  const { isCustomerPresent } = request
  const cards = await lockGuardedCards(tx, accountId, {
    routes: [route],
    at: now,
    isCustomerPresent,
  })
  const asked = { at: now, cards, isCustomerPresent }
  const way = findIntentRoute(intent, { route, routing, attemptsMade, asked })
  if (way.kind === 'none') {
    if (way.denied !== undefined) return forbidden(way.denied)
    const message = toldOf(way)
    return refused('no_gateway_available', message === null ? {} : { message })
  }
  const work = { at: now, tools: toolsOf(deps), changes: emptyChangeSet() }
  work.changes.changedIntents.push(decision.intent)
  const number = attemptsMade + 1
  const retry = nextRetry(latest)
  const charged = { intent: decision.intent, number, retry, isCustomerPresent, routing }
  const attempt = addIntentAttempt(way, charged, work)
  const nextId = () => deps.ids.next()
  const { changes } = work
  await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
  return accepted({ kind: 'send', attempt })
}

/** Its end is not known, and nobody is waiting for an answer at this moment. */
function isAskable({ state }: PaymentAttempt): boolean {
  return state === 'needs_action' || state === 'unknown' || state === 'pending'
}

/**
 * The intent as it stands, after asking its gateway where the customer may have acted, or where an answer got lost.
 * Null when the account has no such intent.
 */
export async function refreshIntent(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<PaymentIntent | null> {
  const { accountId } = context
  const find = () => context.inTx((tx) => findIntent(tx, accountId, id))
  const intent = await find()
  if (intent === null) return null
  if (intent.status !== 'requires_action' && intent.status !== 'processing') return intent
  const attempt = await context.inTx((tx) => findIntentAttempt(tx, accountId, id))
  // A bank debit is asked about when it is due to settle; until then every answer is the same.
  const isDue = attempt?.state !== 'pending' || (attempt.checkAt ?? 0) <= context.now
  if (attempt === null || !isAskable(attempt) || !isDue) return intent
  await lookUpIntents(deps, scopeOf(context), [attempt], { atOf: () => context.now })
  return find()
}
