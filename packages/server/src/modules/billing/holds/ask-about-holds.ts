import { decideRelease } from '@perennial/core/billing'
import { unknownOutcome, type PaymentAttempt, type PaymentIntent } from '@perennial/core/payments'
import { addDays, type Instant } from '@perennial/core/time'
import {
  askAboutHoldAt,
  eachDueByGateway,
  findIntent,
  findLapsingHolds,
  unlessFault,
} from '../../payments/index.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { expireHold } from './expire-hold.ts'
import { lockHold } from './lock-hold.ts'

const BATCH_MAX = 100

/**
 * Holds whose gateway should have let go of them are asked about, and end when it has; how many ended. One that the gateway
 * still has is asked about again a day later.
 */
export async function askAboutHolds(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const due = await deps.database.statement((tx) =>
    findLapsingHolds(tx, accountId, window.until, BATCH_MAX),
  )
  const atOf = ({ checkAt }: PaymentAttempt): Instant => decidedAt(window, checkAt)
  let ended = 0
  await eachDueByGateway(due, { laneCount: deps.concurrency, atOf }, async (hold, at) => {
    if (await hasEnded(deps, scope, hold, at)) ended += 1
  })
  return ended
}

async function hasEnded(
  deps: BillingDeps,
  scope: BillingScope,
  hold: PaymentAttempt,
  at: Instant,
): Promise<boolean> {
  const intent = await findHeldIntent(deps, scope, hold)
  if (intent?.capturableMinor === 0n && (await releaseAgain(deps, scope, hold, at))) return true
  const isWanted = intent !== null
  const isGone = isWanted && (await hasLapsed(deps, scope, hold, at))
  if (isGone && (await expireHold(deps, scope, hold.id, at))) return true
  const next = { id: hold.id, at: isWanted ? addDays(at, 1) : null }
  await deps.database.statement((tx) => askAboutHoldAt(tx, scope.accountId, next))
  return false
}

/** By our books: neither captured nor given up. */
async function findHeldIntent(
  deps: BillingDeps,
  { accountId }: BillingScope,
  { paymentIntentId }: PaymentAttempt,
): Promise<PaymentIntent | null> {
  if (paymentIntentId === null) return null
  const intent = await deps.database.statement((tx) => findIntent(tx, accountId, paymentIntentId))
  return intent?.status === 'processing' ? intent : null
}

/** Somebody wished to let go, and died before the answer was written: the wish is repeated, and counts once. */
async function releaseAgain(
  deps: BillingDeps,
  scope: BillingScope,
  hold: PaymentAttempt,
  at: Instant,
): Promise<boolean> {
  const { accountId } = scope
  const { id, gatewayId, gatewayReference } = hold
  const about = { what: 'hold', attemptId: id, gatewayId }
  const outcome = await unlessFault(deps.log, about, async () => {
    const { port, slots } = await deps.gateways.portOf(accountId, gatewayId)
    // One that cannot be asked tells of it by itself.
    if (!port.abilities.lookUp || gatewayReference === null) return UNKNOWN
    return slots.run(() => port.void({ accountId, idempotencyKey: id, at, gatewayReference }))
  })
  if (outcome.kind !== 'voided' && outcome.kind !== 'refused') return false
  return deps.database.tx(
    async (tx) => {
      const state = await lockHold(tx, accountId, id)
      const changes = state === null ? null : decideRelease(state, outcome, at)
      if (changes === null) return false
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      const nextAt = outcome.kind === 'voided' ? null : addDays(at, 1)
      await askAboutHoldAt(tx, accountId, { id, at: nextAt })
      return true
    },
    { retry: true },
  )
}

const UNKNOWN = unknownOutcome('this gateway tells by itself')

/**
 * A gateway that can be asked tells. One that cannot is taken by its word: its holds last as long as it says, and nobody
 * waits for a notification that the merchant may not have switched on.
 */
async function hasLapsed(
  deps: BillingDeps,
  { accountId }: BillingScope,
  hold: PaymentAttempt,
  at: Instant,
): Promise<boolean> {
  const about = { what: 'hold', attemptId: hold.id, gatewayId: hold.gatewayId }
  const outcome = await unlessFault(deps.log, about, async () => {
    const { port, slots } = await deps.gateways.portOf(accountId, hold.gatewayId)
    if (!port.abilities.lookUp) return GONE
    const key = { accountId, idempotencyKey: hold.id, at }
    const found = await slots.run(() => port.lookUp(key))
    return found.kind === 'found' ? found.outcome : STILL_THERE
  })
  return outcome.kind === 'declined'
}

const GONE = { kind: 'declined' } as const
/** A gateway that does not find what it has approved proves nothing. */
const STILL_THERE = { kind: 'succeeded' } as const
