import { emptyChangeSet, intentFact } from '@perennial/core/billing'
import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  cancelIntent as decideCancel,
  holdAgain,
  releaseIntent,
  type GatewayPort,
  type PaymentAttempt,
  type PaymentIntent,
  type Sale,
} from '@perennial/core/payments'
import { addMs, MS_PER_HOUR } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  askAboutHoldAt,
  findAuthorization,
  findIntentAttempt,
  findSaleOfIntent,
  lockAttempts,
  lockIntents,
} from '../../payments/index.ts'
import { closeChallenge } from '../../payments/challenges/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { parkNotice } from '../../payments/notices/index.ts'
import { CALLED_OFF, writeToldVoid } from '../refunds/voids/write-told-void.ts'
import { refuseIntent } from './refuse-intent.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

export type CancelIntent = { readonly id: Uuid; readonly reason: string | null }

export type CancelRefusal =
  | 'intent_not_found'
  | 'intent_state_invalid'
  | 'intent_being_charged'
  | 'gateway_unreachable'
  | 'intent_not_releasable'

/**
 * Gives an intent up. What a gateway holds or still waits for is released there first: an intent is canceled only
 * once no money can come of it. That a hold is let go of is on record before the gateway is asked: nothing captures it
 * meanwhile, and after a crash it is asked again (`holds/`). A charge that never came to an end is looked up anyway.
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

  const { id: releasedId, checkAt, gatewayId } = held.value.held
  const { port } = await deps.gateways.portOf(context.accountId, gatewayId)
  // Confirmed anew meanwhile: of that charge, money may come.
  const isOther = ({ held: now }: Cancelable) => now !== null && now.id !== releasedId
  const recorded = await context.inTx(async (tx) => {
    const found = await findHeld(context, tx, request.id)
    if (found.kind === 'refused') return found
    if (isOther(found.value)) return refused('intent_being_charged')
    await writeReleasing(deps, context, { tx, request, port, ...found.value })
    return found
  })
  if (recorded.kind === 'refused') return recorded
  await deps.onStep?.('applied')
  const released = await release(context, port, held.value.held)
  await deps.onStep?.('sent')
  return context.inTx(async (tx) => {
    const found = await findHeld(context, tx, request.id)
    const isVoided = released.kind === 'accepted' && released.value === 'voided'
    const charged = { tx, request, attemptId: releasedId }
    if (isVoided && found.kind === 'refused' && (await writeVoided(deps, context, charged)))
      return accepted(request.id)
    if (found.kind === 'refused') return found
    if (isOther(found.value)) return refused('intent_being_charged')
    const given = { tx, request, ...found.value }
    await askAboutHoldAt(tx, context.accountId, { id: releasedId, at: checkAt })
    if (released.kind === 'refused') {
      await writeHeldAgain(deps, context, given)
      return released
    }
    if (released.value === 'voided') await writeCanceled(deps, context, given)
    else await context.remember(tx, 'payment_intent', request.id)
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
  // A gateway has received a capture, and tells later: let go of now, its money would be booked as received, and given back.
  if (latest?.operation === 'capture' && latest.state === 'pending')
    return refused('intent_being_charged')
  const isWaiting = latest?.state === 'needs_action' || latest?.state === 'pending'
  if (isWaiting) return accepted({ intent, held: latest })
  // Also while the gateway is still at letting go: asked again, it counts once.
  const isHeld = intent.captureMethod === 'manual' && intent.status === 'processing'
  const held = isHeld ? await findAuthorization(tx, accountId, id) : null
  return accepted({ intent, held })
}

type ReleaseRefusal = 'gateway_unreachable' | 'intent_not_releasable' | 'intent_being_charged'

async function release(
  context: CommandContext,
  port: GatewayPort,
  held: PaymentAttempt,
): Promise<Decision<'voided' | 'pending', ReleaseRefusal>> {
  const { accountId, now } = context
  const { id, gatewayReference } = held
  assert(gatewayReference !== null, 'the gateway has a name for what it holds')
  // Whose customer has come back is being charged, as far as anybody knows.
  if (held.state === 'needs_action') {
    const isClosed = await context.inTx((tx) => closeChallenge(tx, { accountId, id }, now))
    if (!isClosed) return refused('intent_being_charged')
  }
  const key = { accountId, idempotencyKey: id, at: now }
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

type Releasing = Cancelable & { readonly tx: Tx; readonly request: CancelIntent }

/** Whoever asked for it may have died by then. */
const ASK_AGAIN_MS = MS_PER_HOUR

/** Until the gateway has said whether it could let go nothing can be captured, and nothing is canceled. */
async function writeReleasing(
  deps: BillingDeps,
  context: CommandContext,
  given: Releasing & { readonly port: GatewayPort },
): Promise<void> {
  const { tx, request, intent, held, port } = given
  const changes = emptyChangeSet()
  if (intent.status === 'processing')
    changes.changedIntents.push(releaseIntent(intent, request.reason, context.now))
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
  const { accountId, now } = context
  // One that cannot be asked tells by itself, or the hold ends in time.
  if (held !== null && port.abilities.lookUp)
    await askAboutHoldAt(tx, accountId, { id: held.id, at: addMs(now, ASK_AGAIN_MS) })
}

/** The gateway did not let go, or did not say so: what it holds can be captured as before. */
async function writeHeldAgain(
  deps: BillingDeps,
  context: CommandContext,
  { tx, intent, held }: Releasing,
): Promise<void> {
  const again = held === null ? null : holdAgain(intent, held, context.now)
  if (again === null) return
  const changes = emptyChangeSet()
  changes.changedIntents.push(again)
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
}

/** Its charge went well before the gateway let go of it: what is booked as received is called off. False when nothing is. */
async function writeVoided(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly tx: Tx; readonly request: CancelIntent; readonly attemptId: Uuid },
): Promise<boolean> {
  const { tx, request, attemptId } = given
  const { accountId, now } = context
  const sale = await findSaleOfIntent(tx, accountId, request.id)
  if (sale === null || sale.attemptId !== attemptId) return false
  const told = { sale, reason: request.reason, at: now }
  const written = await writeToldVoid(deps, { tx, scope: scopeOf(context) }, told)
  if (written !== 'written' && written !== 'known') {
    await parkCalledOff(deps, context, { tx, sale, attemptId, why: written })
    return false
  }
  await context.remember(tx, 'payment_intent', request.id)
  return true
}

/** What some of was given back, say, cannot be undone whole: a person has to look. */
async function parkCalledOff(
  deps: BillingDeps,
  { accountId, now: at }: CommandContext,
  given: {
    readonly tx: Tx
    readonly sale: Sale
    readonly attemptId: Uuid
    readonly why: string
  },
): Promise<void> {
  const { tx, sale, attemptId, why } = given
  const { gatewayId, gatewayReference: chargeReference } = sale
  deps.log.error({ accountId, attemptId, code: why }, CALLED_OFF)
  assert(gatewayId !== null && chargeReference !== null, 'it came through a gateway that named it')
  const notice = {
    id: `answer void ${attemptId}`,
    at,
    kind: 'void',
    idempotencyKey: attemptId,
    chargeReference,
    outcome: { kind: 'voided' },
  } as const
  const receivedAt = deps.clock.now()
  const nextId = () => deps.ids.next()
  const kept = { accountId, gatewayId, nextId, receivedAt, leaseMs: deps.leaseMs }
  await parkNotice(tx, kept, { notice, reason: `${CALLED_OFF}: ${why}` })
}

async function writeCanceled(
  deps: BillingDeps,
  context: CommandContext,
  given: Releasing,
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
