import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { maxInstant, type Instant } from '@perennial/core/time'
import { assertOutsideAsOne } from '../../../platform/command/index.ts'
import { isFaultOfRows } from '../../../platform/db/index.ts'
import { lookUpAttempts, sendAttempts, type AttemptOutcome } from '../../payments/index.ts'
import { parkSubscription } from '../../subscriptions/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import {
  settleOutcomes,
  type Settled,
  type SettledCounts,
  type SettleSettings,
} from './settle-outcomes.ts'

export type Collected = SettledCounts & { readonly parked: number }

/** A slow answer holds up the others of its batch no longer than this, or than the settlement before theirs takes. */
const SETTLE_AFTER_MS = 2_000

/**
 * Charges attempts and settles their answers in batches as they come in. Attempts whose answer got lost are
 * looked up at once; what is still unknown then keeps its lease and is looked up again later.
 */
export async function collect(
  deps: BillingDeps,
  scope: BillingScope,
  attempts: readonly PaymentAttempt[],
  settings: SettleSettings,
): Promise<Collected> {
  // With nothing to send too: whoever may have to send must not be called there at all.
  assertOutsideAsOne()
  if (attempts.length === 0) return NOTHING
  const settler = createSettler(deps, scope, settings)
  await sendAttempts(deps, scope.accountId, attempts, settler.take)
  await deps.onStep?.('sent')
  const sent = await settler.finish()
  const lookedUp = await lookUp(deps, scope, sent.unknown, settings.atOf)
  await deps.onStep?.('settled')
  return collectNext(deps, scope, { ...sent, counts: add(sent.counts, lookedUp) }, settings)
}

/** Routes that go on after a decline are charged on at once. Every route ends, so this does. */
async function collectNext(
  deps: BillingDeps,
  scope: BillingScope,
  { counts, next }: { readonly counts: Collected; readonly next: readonly PaymentAttempt[] },
  { atOf }: Pick<SettleSettings, 'atOf'>,
): Promise<Collected> {
  return next.length === 0 ? counts : sum(counts, await collect(deps, scope, next, { atOf }))
}

/** Asks the gateways about attempts and settles what they tell. */
export async function lookUp(
  deps: BillingDeps,
  scope: BillingScope,
  attempts: readonly PaymentAttempt[],
  atOf: (attempt: PaymentAttempt) => Instant,
): Promise<Collected> {
  const [first] = attempts
  if (first === undefined) return NOTHING
  const settler = createSettler(deps, scope, { atOf })
  const given = { accountId: scope.accountId, at: maxInstant(atOf(first), ...attempts.map(atOf)) }
  await lookUpAttempts(deps, given, attempts, settler.take)
  return collectNext(deps, scope, await settler.finish(), { atOf })
}

const NOTHING: Collected = { paid: 0, failed: 0, waiting: 0, parked: 0 }

function sum(one: SettledCounts & { readonly parked: number }, other: Collected): Collected {
  return {
    paid: one.paid + other.paid,
    failed: one.failed + other.failed,
    waiting: one.waiting + other.waiting,
    parked: one.parked + other.parked,
  }
}

function add(one: Collected, other: Collected): Collected {
  return {
    paid: one.paid + other.paid,
    failed: one.failed + other.failed,
    // What the look-up settled no longer waits.
    waiting: one.waiting - other.paid - other.failed - other.parked,
    parked: one.parked + other.parked,
  }
}

/** Gathers answers and settles them one batch after the other while more come in. */
function createSettler(deps: BillingDeps, scope: BillingScope, settings: SettleSettings) {
  let waiting: AttemptOutcome[] = []
  let chain: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  /** Batches that are being settled, or wait for those before them. */
  let inHand = 0
  let isOverdue = false
  let counts: Collected = NOTHING
  const unknown: PaymentAttempt[] = []
  const next: PaymentAttempt[] = []

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    isOverdue = false
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    inHand += 1
    chain = chain.then(async () => {
      for (const round of roundsOf(batch)) {
        const settled = await settleOrPark(deps, scope, round, settings)
        counts = sum(counts, settled)
        next.push(...settled.next)
      }
      inHand -= 1
      if (isOverdue) flush()
    })
    // The fault is met again by `finish`; until then nobody waits for the chain.
    chain.catch(() => undefined)
  }
  // Behind another batch it would only wait; more answers may come until that is settled.
  const flushInTurn = (): void => {
    if (inHand === 0) flush()
    else isOverdue = true
  }

  return {
    take: (answer: AttemptOutcome): void => {
      waiting.push(answer)
      if (answer.outcome.kind === 'unknown') unknown.push(answer.attempt)
      if (waiting.length >= deps.batchSize) flush()
      else timer ??= setTimeout(flushInTurn, SETTLE_AFTER_MS)
    },
    finish: async () => {
      flush()
      await chain
      return { counts, unknown, next }
    },
  }
}

type Round = {
  readonly seen: Set<Uuid | null>
  readonly answers: AttemptOutcome[]
  /** Of bills of no subscription. */
  readonly isBeside: boolean
}

/**
 * Splits answers so that no round has two for one subscription (or, without one, for one invoice). Those of sales have
 * rounds of their own, for a sale may move subscriptions that it has begun.
 */
function roundsOf(answers: readonly AttemptOutcome[]): AttemptOutcome[][] {
  const rounds: Round[] = []
  for (const answer of answers) {
    const { subscriptionId, invoiceId } = answer.attempt
    const isBeside = subscriptionId === null
    const key = subscriptionId ?? invoiceId
    let round = rounds.find((one) => one.isBeside === isBeside && !one.seen.has(key))
    if (round === undefined) {
      round = { seen: new Set(), answers: [], isBeside }
      rounds.push(round)
    }
    round.seen.add(key)
    round.answers.push(answer)
  }
  return rounds.map((round) => round.answers)
}

/**
 * Settles a batch; when it cannot be written, its halves, down to the one answer that is at fault. That
 * subscription is parked; its attempt stays unsettled and is looked up again when its lease runs out.
 */
async function settleOrPark(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly AttemptOutcome[],
  settings: SettleSettings,
): Promise<Settled & { readonly parked: number }> {
  try {
    return { ...(await settleOutcomes(deps, scope, answers, settings)), parked: 0 }
  } catch (error) {
    if (!isFaultOfRows(error)) throw error
    if (answers.length > 1) {
      const middle = Math.ceil(answers.length / 2)
      const first = await settleOrPark(deps, scope, answers.slice(0, middle), settings)
      const second = await settleOrPark(deps, scope, answers.slice(middle), settings)
      return { ...sum(first, second), next: [...first.next, ...second.next] }
    }
    const [answer] = answers
    const subscriptionId = answer?.attempt.subscriptionId ?? null
    const reason = messageOf(error)
    deps.log.error(
      { accountId: scope.accountId, attemptId: answer?.attempt.id, reason },
      'settlement failed',
    )
    // Without a subscription there is nobody to park; the attempt waits for its lease to run out.
    if (subscriptionId === null || answer === undefined) return { ...NOTHING, next: [] }
    const at = settings.atOf(answer.attempt)
    const parked = { id: subscriptionId, at, reason: `settlement: ${reason}` }
    await deps.database.statement((tx) => parkSubscription(tx, scope.accountId, parked))
    return { ...NOTHING, next: [], parked: 1 }
  }
}
