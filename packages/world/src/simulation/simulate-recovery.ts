import { assert } from '@perennial/core/fault'
import { type Currency, parseCurrency } from '@perennial/core/money'
import {
  askGuard,
  type AttemptEvidence,
  buildModel,
  emptyEvidence,
  explainPlan,
  failureReasonOf,
  learn,
  networkOf,
  type CardTraits,
  type Evidence,
  type FailureReason,
  type PastAttempt,
  type PlanReasons,
  type PlannerModel,
  planRetry,
  zoneOfCountry,
} from '@perennial/core/recovery'
import { instantFromMs } from '@perennial/core/time'
import { drawLognormal, drawUnit, purpose, toUnit } from '../chance/draw.ts'
import { mixInteger } from '../chance/hash.ts'
import type { Outcome } from '../judging/attempt.ts'
import { type Card, cardFaceAt, drawCard, lifeIndexAt } from '../judging/card.ts'
import { judge } from '../judging/judge.ts'
import { type CardMemory, emptyMemory } from '../judging/memory.ts'
import { type World, versionAt } from '../judging/world.ts'
import { findOracleHour } from './oracle.ts'
import type { Policy } from './policy.ts'
import { billedAt, makeSubscriber, type Subscriber } from './subscribers.ts'
import { type CaseResult, figuresBy, figuresOf, type Figures } from './tally.ts'
import { createTimeline } from './timeline.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HORIZON_MS = 28 * DAY_MS
const ATTEMPTS_MAX = 8
/** Beliefs are worked out anew so often. */
const MODEL_MS = DAY_MS

export type SimulationRequest = {
  readonly world: World
  readonly policy: Policy
  readonly subscribers: number
  readonly months: number
  readonly seed: number
  /** Whether customers are asked for another card. */
  readonly contact: boolean
  readonly onProgress?: (share: number) => void
  /** Told of every charge, first ones and retries, as a merchant sees it. */
  readonly onCharge?: (charge: SimulatedCharge) => void
  /** Told of each attempt that the planner makes, and why. */
  readonly onReasons?: (told: { readonly at: number; readonly reasons: PlanReasons }) => void
}

/** `caseId`: of the bill that it was for. */
export type SimulatedCharge = AttemptEvidence & {
  readonly caseId: string
  readonly amountMinor: number
  readonly gateways: readonly string[]
}

export type SimulationReport = Figures & {
  readonly guard_violations: number
  readonly learned_from: number
  readonly by_month: Record<string, Figures>
  readonly by_category: Record<string, Figures>
}

type Holder = {
  readonly subscriber: Subscriber
  memory: CardMemory
  history: PastAttempt[]
  life: number
}

type OpenCase = {
  readonly holder: Holder
  readonly month: number
  readonly category: string
  readonly openedAt: number
  attempts: number
  feesMinor: number
  lastReason: FailureReason
  lastAttemptAt: number
  shortAt: number | null
  refusedAt: number | null
  limitAt: number | null
  issuerDownAt: number | null
  isClosed: boolean
  /** Counts plans: what was scheduled by an older one is void. */
  plan: number
}

type Event =
  | { readonly kind: 'bill'; readonly holder: Holder; readonly month: number }
  | {
      readonly kind: 'retry'
      readonly open: OpenCase
      readonly gateway: string
      readonly plan: number
      /** The planner looks again at what it has learned since. */
      readonly isConfirmed: boolean
    }
  /** New data for the card from its issuer, or another card from its holder. */
  | { readonly kind: 'new_card'; readonly open: OpenCase; readonly card: Card | null }

/** One run of a policy over the subscribers of a world. Deterministic. */
export function simulateRecovery(request: SimulationRequest): SimulationReport {
  const run = new Run(request)
  return run.go()
}

class Run {
  readonly #request: SimulationRequest
  readonly #world: World
  readonly #currency: Currency
  readonly #timeline
  readonly #results: CaseResult[] = []
  readonly #evidence: Evidence = emptyEvidence()
  readonly #traits = new Map<string, CardTraits>()
  #model: PlannerModel | null = null
  #violations = 0

  constructor(request: SimulationRequest) {
    this.#request = request
    this.#world = request.world
    const currency = parseCurrency(request.world.file.customers.currency)
    assert(currency !== null, 'a world names a currency')
    this.#currency = currency
    this.#timeline = createTimeline<Event>(request.world.startsAt)
  }

  go(): SimulationReport {
    const { subscribers, months, seed } = this.#request
    for (let number = 0; number < subscribers; number += 1) {
      if (number % 500 === 0) this.#request.onProgress?.(0)
      const subscriber = makeSubscriber(this.#world, seed, number)
      const holder = { subscriber, memory: emptyMemory, history: [], life: 0 }
      for (let month = 0; month < months; month += 1) {
        const at = billedAt(this.#world, subscriber, month)
        this.#timeline.add(at, { kind: 'bill', holder, month })
      }
    }
    this.#playAll(subscribers * months)
    return {
      ...figuresOf(this.#results),
      guard_violations: this.#violations,
      learned_from: this.#request.policy.kind === 'planner' ? this.#evidence.attempts : 0,
      by_month: figuresBy(this.#results, (result) => String(result.month + 1)),
      by_category: figuresBy(this.#results, (result) => result.category),
    }
  }

  #playAll(bills: number): void {
    let billed = 0
    for (let event = this.#timeline.next(); event !== null; event = this.#timeline.next()) {
      const { at, what } = event
      if (what.kind === 'bill') {
        billed += 1
        if (billed % 500 === 0) this.#request.onProgress?.(billed / bills)
        this.#bill(what.holder, what.month, at)
      } else if (what.kind === 'new_card') this.#newCard(what, at)
      else this.#retry(what, at)
    }
  }

  #bill(holder: Holder, month: number, at: number): void {
    const gateway = holder.subscriber.homeGateway
    const outcome = this.#charge(holder, gateway, at)
    const failed = reasonOf(outcome)
    this.#learn(holder, { gateway, at, failed, open: null })
    if (failed === null) return
    const open: OpenCase = {
      holder,
      month,
      category: failed,
      openedAt: at,
      attempts: 0,
      feesMinor: 0,
      lastReason: failed,
      lastAttemptAt: at,
      shortAt: null,
      refusedAt: null,
      limitAt: null,
      issuerDownAt: null,
      isClosed: false,
      plan: 0,
    }
    noteFailure(open, failed, at)
    this.#scheduleNewCard(open, at)
    this.#plan(open, at)
  }

  #retry(due: Extract<Event, { kind: 'retry' }>, at: number): void {
    const { open } = due
    if (open.isClosed || due.plan !== open.plan) return
    if (this.#request.policy.kind === 'planner' && !due.isConfirmed) {
      this.#plan(open, at)
      return
    }
    const { holder } = open
    const isAllowed = this.#askGuard(holder, at).kind === 'allowed'
    if (!isAllowed && this.#request.policy.kind === 'fixed') {
      // A fixed schedule passes over what the networks forbid; its next day comes.
      this.#plan(open, at)
      return
    }
    // The planner has asked by itself: what it does all the same is held against it.
    if (!isAllowed) this.#violations += 1
    open.attempts += 1
    const outcome = this.#charge(holder, due.gateway, at)
    const failed = reasonOf(outcome)
    open.feesMinor += this.#feeOf(holder, due.gateway, failed === null, at)
    this.#learn(holder, { gateway: due.gateway, at, failed, open })
    open.lastAttemptAt = at
    if (failed === null) {
      this.#close(open, (at - open.openedAt) / HOUR_MS)
      return
    }
    noteFailure(open, failed, at)
    this.#plan(open, at)
  }

  /** The issuer has sent new card data, or the customer a new card: what happened to the old one is past. */
  #newCard({ open, card }: Extract<Event, { kind: 'new_card' }>, at: number): void {
    if (open.isClosed) return
    if (card !== null) {
      open.holder.subscriber.card = card
      open.holder.memory = emptyMemory
      open.holder.history = []
      open.holder.life = lifeIndexAt(card, at)
    }
    open.shortAt = null
    open.refusedAt = null
    open.limitAt = null
    open.lastReason = 'gateway_down'
    open.lastAttemptAt = Math.min(open.lastAttemptAt, at - DAY_MS)
    this.#plan(open, at)
  }

  #plan(open: OpenCase, at: number): void {
    open.plan += 1
    const endsAt = open.openedAt + HORIZON_MS
    switch (this.#request.policy.kind) {
      case 'none':
        return this.#close(open, null)
      case 'oracle':
        return this.#askOracle(open)
      case 'fixed': {
        const next = this.#request.policy.days
          .map((day) => open.openedAt + day * DAY_MS)
          .find((due) => due > at && due <= endsAt)
        if (next === undefined || open.attempts >= ATTEMPTS_MAX) return this.#close(open, null)
        const gateway = open.holder.subscriber.homeGateway
        this.#timeline.add(next, {
          kind: 'retry',
          open,
          gateway,
          plan: open.plan,
          isConfirmed: true,
        })
        return
      }
      case 'planner':
        return this.#planByModel(open, at, endsAt)
    }
  }

  #planByModel(open: OpenCase, at: number, endsAt: number): void {
    const { holder } = open
    const model = this.#modelAt(at)
    const guard = this.#askGuard(holder, at)
    if (guard.kind === 'never' && open.lastReason !== 'card_ended')
      return this.#leave(open, at, endsAt)
    const question = {
      traits: this.#traitsOf(holder, at),
      now: instantFromMs(at),
      endsAt: instantFromMs(endsAt),
      attemptsLeft: ATTEMPTS_MAX - open.attempts,
      earliestAt: guard.kind === 'until' ? guard.until : instantFromMs(at),
      ...this.#windowOf(open, { at, allowedAt: guard.kind === 'until' ? guard.until : at }),
      lastReason: open.lastReason,
      lastAttemptAt: instantFromMs(open.lastAttemptAt),
      shortAt: toInstant(open.shortAt),
      refusedAt: toInstant(open.refusedAt),
      limitAt: toInstant(open.limitAt),
      issuerDownAt: toInstant(open.issuerDownAt),
      gateways: holder.subscriber.gateways,
      draw: toUnit(
        mixInteger(mixInteger(holder.subscriber.card.hash, open.openedAt), open.attempts),
      ),
    }
    const plan = planRetry(model, question)
    if (plan.kind !== 'attempt') return this.#leave(open, at, endsAt)
    const { chosen } = plan
    const isNow = chosen.at - at < HOUR_MS
    if (isNow) this.#request.onReasons?.({ at, reasons: explainPlan(model, question, plan) })
    this.#timeline.add(isNow ? at : chosen.at, {
      kind: 'retry',
      open,
      gateway: chosen.gateway,
      plan: open.plan,
      isConfirmed: isNow,
    })
  }

  /** What the days of a merchant leave to the planner: the k-th try after the day before it, and by its own. */
  #windowOf(open: OpenCase, given: { readonly at: number; readonly allowedAt: number }) {
    const { policy } = this.#request
    if (policy.kind !== 'planner' || policy.days === null) return {}
    const { days } = policy
    const dayAt = (day: number): number => open.openedAt + day * DAY_MS
    const rung = days[open.attempts]
    const from = days[open.attempts - 1]
    const beginsAt = from === undefined ? open.openedAt : dayAt(from) + 1
    return {
      endsAt: instantFromMs(dayAt(days.at(-1) ?? 0) + 1),
      attemptsLeft: days.length - open.attempts,
      earliestAt: instantFromMs(Math.max(beginsAt, given.allowedAt)),
      ...(rung === undefined ? {} : { rungAt: instantFromMs(Math.max(dayAt(rung), given.at)) }),
    }
  }

  /** Nothing is planned; new card data may still come before the horizon ends. */
  #leave(open: OpenCase, at: number, endsAt: number): void {
    const mayCome = this.#request.contact || this.#nextCardAt(open) !== null
    const isOver = at >= endsAt || !mayCome
    if (isOver) this.#close(open, null)
    else
      this.#timeline.add(endsAt, {
        kind: 'retry',
        open,
        gateway: '',
        plan: open.plan,
        isConfirmed: false,
      })
  }

  #askOracle(open: OpenCase): void {
    const { holder } = open
    const hours = findOracleHour(this.#world, {
      card: holder.subscriber.card,
      memory: holder.memory,
      amountMinor: holder.subscriber.amountMinor,
      gateways: holder.subscriber.gateways,
      openedAt: open.openedAt,
    })
    open.attempts = hours === null ? 0 : 1
    this.#close(open, hours)
  }

  #close(open: OpenCase, recoveredAfterHours: number | null): void {
    if (open.isClosed) return
    open.isClosed = true
    this.#results.push({
      month: open.month,
      category: open.category,
      amountMinor: open.holder.subscriber.amountMinor,
      attempts: open.attempts,
      feesMinor: open.feesMinor,
      recoveredAfterHours,
    })
  }

  #nextCardAt(open: OpenCase): number | null {
    const { card } = open.holder.subscriber
    const index = lifeIndexAt(card, open.openedAt)
    const next = card.lives[index + 1]
    const isInTime = next !== undefined && next.from < open.openedAt + HORIZON_MS
    return isInTime ? next.from : null
  }

  #scheduleNewCard(open: OpenCase, at: number): void {
    const updatedAt = this.#nextCardAt(open)
    if (updatedAt !== null && updatedAt > at)
      this.#timeline.add(Math.ceil(updatedAt) + 1, { kind: 'new_card', open, card: null })
    if (this.#request.contact) this.#askCustomer(open, at)
  }

  /** Customers who answer replace their card after a while. */
  #askCustomer(open: OpenCase, at: number): void {
    const { share, delay_hours: delay } = versionAt(this.#world, at).customers.answers_email
    const { subscriber } = open.holder
    const hash = mixInteger(subscriber.card.hash, at)
    if (drawUnit(hash, purpose.answersMail) >= share) return
    const hours = drawLognormal(hash, purpose.answersAfter, delay)
    const answersAt = Math.round(at + hours * HOUR_MS)
    if (answersAt >= open.openedAt + HORIZON_MS) return
    const card = drawCard(this.#world, subscriber.card.number + 500_000_000)
    this.#timeline.add(answersAt, { kind: 'new_card', open, card })
  }

  #charge(holder: Holder, gatewayId: string, at: number): Outcome {
    const { card, amountMinor } = holder.subscriber
    const life = lifeIndexAt(card, at)
    if (life !== holder.life) {
      holder.life = life
      holder.history = []
    }
    const { currency } = this.#world.file.customers
    const attempt = { card, memory: holder.memory, gatewayId, amountMinor, currency, at }
    const { outcome, memory } = judge(this.#world, attempt)
    holder.memory = memory
    if (outcome.kind !== 'gateway_error' && outcome.kind !== 'timed_out') {
      const decline = outcome.kind === 'approved' ? null : outcome.decline
      const past = {
        at: instantFromMs(at),
        amountMinor: BigInt(amountMinor),
        currency: this.#currency,
      }
      holder.history.push({ ...past, decline })
      if (holder.history.length > 60) holder.history.shift()
    }
    return outcome
  }

  #askGuard(holder: Holder, at: number) {
    const { card, amountMinor } = holder.subscriber
    const face = cardFaceAt(this.#world, card, at)
    const isNew = lifeIndexAt(card, at) !== holder.life
    return askGuard({
      network: networkOf(face.network),
      country: face.country,
      history: isNew ? [] : holder.history,
      amountMinor: BigInt(amountMinor),
      currency: this.#currency,
      at: instantFromMs(at),
    })
  }

  #learn(
    holder: Holder,
    seen: {
      readonly gateway: string
      readonly at: number
      readonly failed: FailureReason | null
      readonly open: OpenCase | null
    },
  ): void {
    const { policy, onCharge } = this.#request
    if (policy.kind !== 'planner' && onCharge === undefined) return
    const evidence: AttemptEvidence = {
      traits: this.#traitsOf(holder, seen.at),
      gateway: seen.gateway,
      at: instantFromMs(seen.at),
      failed: seen.failed,
      isFirst: seen.open === null,
      shortAt: toInstant(seen.open?.shortAt ?? null),
      refusedAt: toInstant(seen.open?.refusedAt ?? null),
    }
    const { subscriber } = holder
    onCharge?.({
      ...evidence,
      caseId: `${subscriber.card.number} ${seen.open?.openedAt ?? seen.at}`,
      amountMinor: subscriber.amountMinor,
      gateways: [
        subscriber.homeGateway,
        ...subscriber.gateways.filter((one) => one !== subscriber.homeGateway),
      ],
    })
    if (policy.kind === 'planner') learn(this.#evidence, evidence)
  }

  #traitsOf(holder: Holder, at: number): CardTraits {
    const { bin, country } = cardFaceAt(this.#world, holder.subscriber.card, at)
    const known = this.#traits.get(bin)
    if (known !== undefined) return known
    const traits = { bin, country, zone: zoneOfCountry(country) }
    this.#traits.set(bin, traits)
    return traits
  }

  #modelAt(at: number): PlannerModel {
    if (this.#model === null || at - this.#model.builtAt >= MODEL_MS)
      this.#model = buildModel(this.#evidence, instantFromMs(at))
    return this.#model
  }

  #feeOf(holder: Holder, gatewayId: string, isApproved: boolean, at: number): number {
    const fee = versionAt(this.#world, at).gateways.get(gatewayId)?.file.fee
    if (fee === undefined) return 0
    const { amountMinor } = holder.subscriber
    return (
      fee.per_attempt_minor + (isApproved ? fee.fixed_minor + (amountMinor * fee.bps) / 10_000 : 0)
    )
  }
}

function noteFailure(open: OpenCase, failed: FailureReason, at: number): void {
  open.lastReason = failed
  if (failed === 'funds') open.shortAt = at
  if (failed === 'refusal') open.refusedAt = at
  if (failed === 'limit') open.limitAt = at
  if (failed === 'issuer_down') open.issuerDownAt = at
}

function reasonOf(outcome: Outcome): FailureReason | null {
  switch (outcome.kind) {
    case 'approved':
      return null
    case 'declined':
    case 'needs_action':
      return failureReasonOf(outcome.decline)
    case 'gateway_error':
      return 'gateway_down'
    case 'timed_out':
      // A look-up has told.
      return outcome.charged ? null : 'gateway_down'
  }
}

function toInstant(at: number | null) {
  return at === null ? null : instantFromMs(at)
}
