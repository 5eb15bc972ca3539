import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import type { GatewayOutcome, GatewayPort, PaymentAttempt } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { factNumberOf, recordEvents } from '../../../platform/outbox/index.ts'
import {
  findAttempt,
  findAttemptView,
  keepResolution,
  listLastSends,
  toWireAttempt,
} from '../../payments/index.ts'
import { collectIntents, lookUpIntents, settleIntentAttempts } from '../intents/charge-intent.ts'
import { collect, lookUp } from '../collect/collect.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'
import { settleOutcomes } from '../collect/settle-outcomes.ts'

export type ResolveAttempt = {
  readonly id: Uuid
  readonly as: 'succeeded' | 'declined'
  /** Where the person has seen it: kept with the attempt and told in the event. */
  readonly note: string
  /** The gateway's name for the charge; null = as the gateway had named it before. */
  readonly gatewayReference: string | null
}

export type ResolveRefusal =
  | 'attempt_not_found'
  | 'attempt_settled'
  | 'attempt_still_answerable'
  | 'gateway_reference_missing'
  | 'attempt_resolved_otherwise'

/**
 * A person says what became of a charge that its gateway does not tell about. The gateway is asked once more first, and while
 * its own limits leave hope of an answer nobody may guess: a charge that is called refused by mistake would be made a second
 * time. Asking may send the charge again, and then the limits count anew. Refusals in the order of the union.
 */
export async function resolveAttempt(
  deps: BillingDeps,
  context: CommandContext,
  request: ResolveAttempt,
): Promise<Decision<Uuid, ResolveRefusal>> {
  const { accountId } = context
  const find = () => context.inTx((tx) => findAttempt(tx, accountId, request.id))
  const seen = await find()
  if (seen === null) return refused('attempt_not_found')
  if (!isOpen(seen)) return refused('attempt_settled')
  const { port } = await deps.gateways.portOf(accountId, seen.gatewayId)
  if (await isAnswerable(deps, context, { port, attempt: seen }))
    return refused('attempt_still_answerable')
  await askOnceMore(deps, context, seen)
  const attempt = await find()
  if (attempt === null || !isOpen(attempt)) return refused('attempt_settled')
  if (await isAnswerable(deps, context, { port, attempt }))
    return refused('attempt_still_answerable')
  if (await isUnderWay(context, port, attempt)) return refused('attempt_still_answerable')

  const reference = request.gatewayReference ?? attempt.gatewayReference
  const outcome = outcomeOf(request, reference)
  if (outcome === null) return refused('gateway_reference_missing')
  if (!(await record(context, request, reference))) return refused('attempt_resolved_otherwise')
  await settle(deps, context, attempt, outcome)
  return accepted(request.id)
}

function isOpen({ state }: PaymentAttempt): boolean {
  return state === 'unknown' || state === 'pending' || state === 'sending'
}

/**
 * The gateway's own answer may come yet of asking it, or of sending the charge again under its key: its limits count from
 * the last time that the charge was sent.
 */
async function isAnswerable(
  { clock, leaseMs }: Pick<BillingDeps, 'clock' | 'leaseMs'>,
  context: CommandContext,
  { port, attempt: { id } }: { readonly port: GatewayPort; readonly attempt: PaymentAttempt },
): Promise<boolean> {
  const sends = await context.inTx((tx) => listLastSends(tx, context.accountId, [id]))
  const sentMs = Math.max(uuidTimeMs(id), sends.get(id) ?? 0)
  const windowMs = port.abilities.lookUp ? port.absentAfterMs : (port.repeatableMs ?? 0)
  return clock.now() < sentMs + windowMs + leaseMs
}

/** Its gateway knows a slow payment, and says that it has not come to an end: it tells in its own time. */
async function isUnderWay(
  { accountId, now: at }: CommandContext,
  port: GatewayPort,
  { id: idempotencyKey, state }: PaymentAttempt,
): Promise<boolean> {
  if (state !== 'pending' || !port.abilities.lookUp) return false
  const found = await port.lookUp({ accountId, idempotencyKey, at })
  return found.kind === 'found' && found.outcome.kind === 'pending'
}

async function askOnceMore(
  deps: BillingDeps,
  context: CommandContext,
  attempt: PaymentAttempt,
): Promise<void> {
  const scope = scopeOf(context)
  const atOf = () => context.now
  if (attempt.paymentIntentId === null) await lookUp(deps, scope, [attempt], atOf)
  else await lookUpIntents(deps, scope, [attempt], { atOf })
}

/** Null: money that has moved goes by a name at the gateway, or it could never be refunded. */
function outcomeOf(
  { as, note }: ResolveAttempt,
  gatewayReference: string | null,
): GatewayOutcome | null {
  if (as === 'declined') {
    const decline = { code: 'communication_error', isoCode: null, adviceCode: null, message: note }
    return { kind: 'declined', gatewayReference, decline }
  }
  if (gatewayReference === null) return null
  return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
}

/** Kept and told before it counts. Said again in the same way after a crash, it counts once; otherwise it is false. */
async function record(
  context: CommandContext,
  { id, as, note }: ResolveAttempt,
  gatewayReference: string | null,
): Promise<boolean> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const resolution = { as, note, gatewayReference }
    const kept = await keepResolution(tx, { accountId, id, resolution, at: now })
    if (kept !== 'new') return kept === 'same'
    const view = await findAttemptView(tx, { accountId, id })
    if (view === null) return false
    const { attempt } = view
    const eventId = context.ids.next()
    const event = {
      accountId,
      id: eventId,
      type: 'payment_attempt.resolved',
      objectKind: 'payment_attempt',
      objectId: id,
      factNumber: factNumberOf(eventId),
      customerId: attempt.customerId,
      subscriptionId: attempt.subscriptionId,
      invoiceId: attempt.invoiceId,
      data: { ...toWireAttempt(view, context.account), resolution: { as, note } },
      previousAttributes: null,
      request: context.request,
      occurredAt: now,
    } as const
    await recordEvents(tx, [event])
    await context.remember(tx, 'payment_attempt', id)
    return true
  })
}

async function settle(
  deps: BillingDeps,
  context: CommandContext,
  attempt: PaymentAttempt,
  outcome: GatewayOutcome,
): Promise<void> {
  const scope = scopeOf(context)
  const settings = { atOf: () => context.now }
  const answers = [{ attempt, outcome }]
  if (attempt.paymentIntentId === null) {
    const { next } = await settleOutcomes(deps, scope, answers, settings)
    await collect(deps, scope, next, settings)
  } else {
    const { next } = await settleIntentAttempts(deps, scope, answers, settings)
    await collectIntents(deps, scope, next, settings)
  }
}
