import { emptyChangeSet, intentFact } from '@perennial/core/billing'
import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  cancelIntent as decideCancel,
  releaseIntent,
  type PaymentAttempt,
  type PaymentIntent,
} from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../platform/command/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import {
  findAuthorization,
  findIntentAttempt,
  lockAttempts,
  lockIntents,
} from '../payments/index.ts'
import { applyChanges } from './apply-changes.ts'
import { refuseIntent } from './refuse-intent.ts'
import { leaseEnd, scopeOf, type BillingDeps } from './scope.ts'

export type CancelIntent = { readonly id: Uuid; readonly reason: string | null }

export type CancelRefusal =
  | 'intent_not_found'
  | 'intent_state_invalid'
  | 'intent_being_charged'
  | 'gateway_unreachable'
  | 'intent_not_releasable'

/**
 * Gives an intent up. What a gateway holds or still waits for is released there first: an intent is canceled only
 * once no money can come of it. Releasing may be repeated, so a crash in between costs another try and no more.
 */
export async function cancelIntent(
  deps: BillingDeps,
  context: CommandContext,
  request: CancelIntent,
): Promise<Decision<Uuid, CancelRefusal>> {
  const held = await context.inTx(async (tx) => {
    const found = await findHeld(context, tx, request.id)
    if (found.kind === 'refused' || found.value.held !== null) return found
    await writeCanceled(deps, context, { tx, request, ...found.value })
    return found
  })
  if (held.kind === 'refused') return held
  if (held.value.held === null) return accepted(request.id)

  const { id: releasedId } = held.value.held
  const released = await release(deps, context, held.value.held)
  if (released.kind === 'refused') return released
  const isPending = released.value === 'pending'
  return context.inTx(async (tx) => {
    const found = await findHeld(context, tx, request.id)
    if (found.kind === 'refused') return found
    // Confirmed anew meanwhile: of that charge, money may come.
    const now = found.value.held
    if (now !== null && now.id !== releasedId) return refused('intent_being_charged')
    const given = { tx, request, ...found.value }
    if (isPending) await writeReleasing(deps, context, given)
    else await writeCanceled(deps, context, given)
    return accepted(request.id)
  })
}

type Cancelable = { readonly intent: PaymentIntent; readonly held: PaymentAttempt | null }

/** The intent, locked, with the attempt by which a gateway holds money for it, or may yet take some. */
async function findHeld(
  context: CommandContext,
  tx: Tx,
  id: Uuid,
): Promise<
  Decision<Cancelable, 'intent_not_found' | 'intent_state_invalid' | 'intent_being_charged'>
> {
  const { accountId, now } = context
  const [intent] = await lockIntents(tx, accountId, [id])
  if (intent === undefined) return refused('intent_not_found')
  if (decideCancel(intent, null, now).kind === 'refused') return refuseIntent(intent, 'canceled')
  const latest = await findIntentAttempt(tx, accountId, id)
  if (latest?.state === 'sending' || latest?.state === 'unknown')
    return refused('intent_being_charged')
  const isWaiting = latest?.state === 'needs_action' || latest?.state === 'pending'
  if (isWaiting) return accepted({ intent, held: latest })
  // Also while the gateway is still at letting go: asked again, it counts once.
  const isHeld = intent.captureMethod === 'manual' && intent.status === 'processing'
  const held = isHeld ? await findAuthorization(tx, accountId, id) : null
  return accepted({ intent, held })
}

async function release(
  deps: BillingDeps,
  context: CommandContext,
  held: PaymentAttempt,
): Promise<Decision<'voided' | 'pending', 'gateway_unreachable' | 'intent_not_releasable'>> {
  const { accountId, now } = context
  const { gatewayReference } = held
  assert(gatewayReference !== null, 'the gateway has a name for what it holds')
  const { port } = await deps.gateways.portOf(accountId, held.gatewayId)
  const key = { accountId, idempotencyKey: held.id, at: now }
  const outcome = await port.void({ ...key, gatewayReference })
  switch (outcome.kind) {
    case 'voided':
    case 'pending':
      return accepted(outcome.kind)
    case 'refused':
      return refused('intent_not_releasable')
    case 'unknown':
      return refused('gateway_unreachable')
    default:
      return assertNever(outcome)
  }
}

/** The gateway tells later whether it could let go: until then nothing can be captured, and nothing is canceled. */
async function writeReleasing(
  deps: BillingDeps,
  context: CommandContext,
  given: Cancelable & { readonly tx: Tx; readonly request: CancelIntent },
): Promise<void> {
  const { tx, request, intent } = given
  const changes = emptyChangeSet()
  if (intent.status === 'processing')
    changes.changedIntents.push(releaseIntent(intent, request.reason, context.now))
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
  await context.remember(tx, 'payment_intent', request.id)
}

async function writeCanceled(
  deps: BillingDeps,
  context: CommandContext,
  given: Cancelable & { readonly tx: Tx; readonly request: CancelIntent },
): Promise<void> {
  const { tx, request, held } = given
  const { accountId, now } = context
  const decision = decideCancel(given.intent, request.reason, now)
  assert(decision.kind === 'accepted', 'an intent that was found cancelable can be canceled')
  const { intent } = decision
  const changes = emptyChangeSet()
  changes.changedIntents.push(intent)
  changes.facts.push(intentFact('canceled', intent, now))
  // An authorisation was given, and stays on record as given; a charge that never came to an end ends here.
  const [locked] = held === null ? [] : await lockAttempts(tx, accountId, [held.id])
  if (locked !== undefined && locked.settledAt === null) {
    const ended = { state: 'canceled', nextAction: null, checkAt: null, settledAt: now } as const
    changes.changedAttempts.push({ ...locked, ...ended })
  }
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
  await context.remember(tx, 'payment_intent', request.id)
}
