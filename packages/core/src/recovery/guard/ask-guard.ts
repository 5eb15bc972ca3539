import {
  classifyDecline,
  findAdviceAt,
  findVisaCategory,
  holdsAt,
  type Decline,
  NEVER_SENT_ON,
} from '../../declines/index.ts'
import { assert, assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import { addMs, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import {
  COUNT_RULES,
  PAUSE_RULES,
  STOP_RULES,
  type CardNetwork,
  type CountRule,
  type PauseRule,
  type StopRule,
} from './network-rules.ts'
import { basisBy, basisOf, basisOfCode, type RuleBasis } from './rule-basis.ts'
import { toldWith } from './told-card.ts'

/** An attempt on the same card by the same merchant. `decline` is null for an approval. */
export type PastAttempt = {
  /** Absent where nothing more is to be told of it. */
  readonly id?: Uuid
  readonly at: Instant
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly decline: Decline | null
  /** What the network advised with an approval; absent or null where it advised nothing. */
  readonly approvalAdvice?: string | null
  /** The customer was there; absent = the merchant made it alone. */
  readonly isCustomerPresent?: boolean
  /**
   * `undated`: when it was made is not told. `unanswered`: it is under way, and counts as refused until it is answered.
   * Neither starts a pause.
   */
  readonly doubt?: 'undated' | 'unanswered'
}

/** What the networks know of a card. */
export type GuardedCard = {
  /** The same for everything that stands for one card; absent = nothing else does. */
  readonly key?: string
  readonly network: CardNetwork
  /** ISO 3166-1 alpha-2 of the card, if known. */
  readonly country: string | null
  /** Attempts on this very card number or token, oldest first; another number begins a new history. */
  readonly history: readonly PastAttempt[]
  /** Refusals of one amount that its merchant's acquirer lets a Visa card bear in 30 days; absent = the default. */
  readonly visaAttemptsMax?: number
  /** The same by gateway, for acquirers of which something else is told. */
  readonly visaAttemptsOf?: ReadonlyMap<Uuid, number>
  /** Since when its data (expiry, say) are as they are: wrong data from before forbid nothing now. */
  readonly dataAt?: Instant
}

export type GuardQuestion = GuardedCard & {
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly at: Instant
  readonly isCustomerPresent?: boolean
  /** Where it may be charged: what the most generous of them allows counts; absent = not known yet. */
  readonly gatewayIds?: readonly Uuid[]
}

/** `never`: not with this card data. `until`: from then on it may be tried. */
export type GuardAnswer =
  | { readonly kind: 'allowed' }
  | ({ readonly kind: 'never' } & Forbidding)
  | ({ readonly kind: 'until'; readonly until: Instant } & Forbidding)

/** Which rule forbids it, and why. */
type Forbidding = {
  readonly rule: string
  readonly reason: string
  readonly basis: RuleBasis
}

const ALLOWED: GuardAnswer = { kind: 'allowed' }

/**
 * Whether the card networks' rules allow an attempt. Asked before every attempt on a card, from wherever; nobody
 * overrides it. Rules are dated: counts and pauses as they hold at `at`, stops and delays as they held for the refusal. Advised delays and pauses are for merchants: a customer
 * who is there may try again.
 */
export function askGuard(question: GuardQuestion): GuardAnswer {
  const { history } = question
  for (const past of history) {
    const stop = stopOf(question, past)
    if (stop !== null) return { kind: 'never', ...stop }
  }
  const latest = history.findLast((past) => past.doubt === undefined && reachedNetwork(past))
  const isAlone = question.isCustomerPresent !== true
  const waits = [
    ...(latest === undefined || !isAlone ? [] : [advisedDelay(latest), pause(question, latest)]),
    ...COUNT_RULES.filter((rule) => holds(rule, question)).map((rule) => count(rule, question)),
  ].filter((answer) => answer !== null)
  const longest = waits.toSorted((a, b) => b.until - a.until)[0]
  return longest === undefined || longest.until <= question.at ? ALLOWED : longest
}

/** The same card without what is under way. */
export function answeredOnly<Card extends Pick<GuardedCard, 'history'>>(card: Card): Card {
  const isAnswered = ({ doubt }: PastAttempt): boolean => doubt !== 'unanswered'
  if (card.history.every(isAnswered)) return card
  return { ...card, history: card.history.filter(isAnswered) }
}

type Wait = Extract<GuardAnswer, { kind: 'until' }>

/** What the gateway refused by itself, or the way to it failed at: no network has seen it, so none counts it. */
function reachedNetwork({ decline }: PastAttempt): boolean {
  if (decline === null || decline.isoCode !== null) return true
  return !NEVER_SENT_ON.has(decline.code) && classifyDecline(decline).nature !== 'set_up'
}

/** What this attempt stops for good, if it does. New data are an answer to wrong data, and to nothing else. */
function stopOf(card: GuardQuestion, past: PastAttempt): Forbidding | null {
  const { at, decline } = past
  if (decline === null) return stopOfApproval(past)
  const { dataAt } = card
  const refusal = refusalOf(card, { at, decline })
  const rule = STOP_RULES.find((each) => stops(each, refusal))
  const isCured = rule?.id === 'new_data' && dataAt !== undefined && at < dataAt
  if (rule === undefined || isCured) return null
  const reason = whyItStops(rule, decline)
  return { rule: rule.id, reason, basis: basisOfStop(rule, refusal, decline) }
}

function stopOfApproval(past: PastAttempt): Forbidding | null {
  const told = toldWith(past)
  if (told === null) return null
  const rule = STOP_RULES.find(
    (each) => each.on.kind === 'approval' && each.on.card === told.kind && holdsAt(each, past.at),
  )
  if (rule === undefined) return null
  return { rule: rule.id, reason: told.evidence, basis: basisOf(rule) }
}

/** What a refusal said, by the tables as they were then. */
function refusalOf(
  card: GuardedCard,
  { at, decline }: { readonly at: Instant; readonly decline: Decline },
) {
  const { network } = card
  const { nature, retry, sources } = classifyDecline(decline, card)
  const category = findVisaCategory(decline, at)
  const advice = findAdviceAt(decline, at)
  // One more try is left by a code that says so; who makes it counts them (`askRetryRule`).
  const isOnceMore = nature === 'hard' && retry.when === 'once'
  return { at, network, category, advice, nature: isOnceMore ? null : nature, sources }
}

type Refusal = ReturnType<typeof refusalOf>

function stops(rule: StopRule, refusal: Refusal): boolean {
  const { at, network, category, advice, nature } = refusal
  if (!holdsAt(rule, at) || rule.networks?.includes(network) === false) return false
  const { on } = rule
  switch (on.kind) {
    case 'visa_category':
      return category?.category === on.category
    case 'advice':
      return advice?.binds === 'stop'
    case 'nature':
      return nature === on.nature
    case 'approval':
      return false
    default:
      return assertNever(on)
  }
}

function whyItStops({ id, on }: StopRule, { code, isoCode, adviceCode }: Decline): string {
  if (on.kind === 'visa_category') return `Visa forbids another try after ${isoCode}`
  if (on.kind === 'advice') return `the network advised ${adviceCode}: do not try again`
  switch (id) {
    case 'fraud':
      return `the issuer suspects fraud (${code})`
    case 'called_off':
      return `the cardholder called payments off (${code})`
    case 'new_data':
      return `only new card data can help (${code})`
    default:
      return `it will not be approved (${code})`
  }
}

/** The rule, and the row of the code that it is about. */
function basisOfStop(
  rule: StopRule,
  { category, advice, sources }: Refusal,
  { code, isoCode, adviceCode }: Decline,
): RuleBasis {
  const { kind } = rule.on
  if (kind === 'visa_category' && category !== null) return basisBy(rule, isoCode ?? code, category)
  if (kind === 'advice' && advice !== null) return basisBy(rule, adviceCode ?? code, advice)
  return basisBy(rule, isoCode ?? code, { sources })
}

function advisedDelay({ at, decline }: PastAttempt): Wait | null {
  const advice = decline === null ? null : findAdviceAt(decline, at)
  if (advice?.binds !== 'delay') return null
  const { adviceCode, retry } = advice
  assert(retry?.when === 'from', 'an advised delay is in hours')
  const { hours } = retry
  const reason = `the network advised ${adviceCode}: try again after ${hours} h`
  const until = addMs(at, hours * MS_PER_HOUR)
  return { kind: 'until', rule: 'advised_delay', reason, basis: basisOfCode(advice), until }
}

function pause(question: GuardQuestion, latest: PastAttempt): Wait | null {
  if (latest.decline === null) return null
  const rule = PAUSE_RULES.find((candidate) => holds(candidate, question))
  if (rule === undefined) return null
  const until = addMs(latest.at, rule.pauseHours * MS_PER_HOUR)
  const reason = `${rule.pauseHours} h between tries`
  return { kind: 'until', rule: rule.id, reason, basis: basisOf(rule), until }
}

function holds(rule: CountRule | PauseRule, question: GuardQuestion): boolean {
  if (!rule.networks.includes(question.network)) return false
  if (rule.country !== null && rule.country !== question.country) return false
  return holdsAt(rule, question.at)
}

/** Only Visa's rule leaves room for what a merchant has agreed on with its acquirer. */
function attemptsOf(
  { attempts, attemptsMax = attempts }: CountRule,
  question: GuardQuestion,
): number {
  const { visaAttemptsMax = attempts, visaAttemptsOf, gatewayIds = [] } = question
  const told = gatewayIds.map((id) => visaAttemptsOf?.get(id) ?? visaAttemptsMax)
  const agreed = told.length === 0 ? visaAttemptsMax : Math.max(...told)
  return Math.max(attempts, Math.min(agreed, attemptsMax))
}

function count(rule: CountRule, question: GuardQuestion): Wait | null {
  const windowMs = rule.windowHours * MS_PER_HOUR
  const isPresent = question.isCustomerPresent === true
  const own = rule.isPerInitiator
    ? question.history.filter((past) => (past.isCustomerPresent === true) === isPresent)
    : question.history
  const approved = own.findLastIndex(({ decline }) => decline === null)
  const since = rule.counts === 'declines' ? 0 : approved + 1
  const counted = own.slice(since).filter((attempt) => {
    if (attempt.decline === null || !reachedNetwork(attempt)) return false
    const isSame =
      attempt.amountMinor === question.amountMinor && attempt.currency === question.currency
    return attempt.at > question.at - windowMs && (!rule.perAmount || isSame)
  })
  const attempts = attemptsOf(rule, question)
  const oldest = counted.at(-attempts)
  if (counted.length < attempts || oldest === undefined) return null
  const reason = `${counted.length} tries in ${rule.windowHours} h: no more than ${attempts} are allowed`
  const until = addMs(oldest.at, windowMs)
  return { kind: 'until', rule: rule.id, reason, basis: basisOf(rule), until }
}
