import { classifyDecline, findAdviceCode, type Decline } from '../../declines/index.ts'
import { assert } from '../../fault/index.ts'
import type { Currency } from '../../money/index.ts'
import { addMs, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import {
  COUNT_RULES,
  PAUSE_RULES,
  type CardNetwork,
  type CountRule,
  type PauseRule,
} from './network-rules.ts'

/** An attempt on the same card by the same merchant. `decline` is null for an approval. */
export type PastAttempt = {
  readonly at: Instant
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly decline: Decline | null
}

export type GuardQuestion = {
  readonly network: CardNetwork
  /** ISO 3166-1 alpha-2 of the card, if known. */
  readonly country: string | null
  /** Attempts on this very card number or token, oldest first; new card data begin a new history. */
  readonly history: readonly PastAttempt[]
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly at: Instant
}

/** `never`: not with this card data. `until`: from then on it may be tried. */
export type GuardAnswer =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'never'; readonly rule: string; readonly reason: string }
  | {
      readonly kind: 'until'
      readonly rule: string
      readonly reason: string
      readonly until: Instant
    }

const ALLOWED: GuardAnswer = { kind: 'allowed' }

/**
 * Whether the card networks' rules allow an attempt. Asked before every attempt that a merchant makes, from wherever;
 * nobody overrides it. Rules are dated: what held at `at` counts.
 */
export function askGuard(question: GuardQuestion): GuardAnswer {
  const { history } = question
  for (const { decline } of history) {
    const stop = decline === null ? null : stopRule(question.network, decline)
    if (stop !== null) return { kind: 'never', ...stop }
  }
  const latest = history.at(-1)
  const waits = [
    ...(latest === undefined ? [] : [advisedDelay(latest), pause(question, latest)]),
    ...COUNT_RULES.filter((rule) => holds(rule, question)).map((rule) => count(rule, question)),
  ].filter((answer) => answer !== null)
  const longest = waits.toSorted((a, b) => b.until - a.until)[0]
  return longest === undefined || longest.until <= question.at ? ALLOWED : longest
}

type Stop = { readonly rule: string; readonly reason: string }
type Wait = Extract<GuardAnswer, { kind: 'until' }>

/** A refusal after which this card must not be tried again. */
function stopRule(network: CardNetwork, decline: Decline): Stop | null {
  const { nature, visaCategory, adviceCode } = classifyDecline(decline)
  if (network === 'visa' && visaCategory === 1)
    return { rule: 'visa_category_1', reason: `Visa forbids another try after ${decline.isoCode}` }
  if (adviceCode === '03' || adviceCode === '21')
    return { rule: 'advice_stop', reason: `the network advised ${adviceCode}: do not try again` }
  switch (nature) {
    case 'fraud':
      return { rule: 'fraud', reason: `the issuer suspects fraud (${decline.code})` }
    case 'stop':
      return { rule: 'called_off', reason: `the cardholder called payments off (${decline.code})` }
    case 'hard':
      return { rule: 'hard', reason: `it will not be approved (${decline.code})` }
    case 'new_data':
      return { rule: 'new_data', reason: `only new card data can help (${decline.code})` }
    case 'soft':
    case 'technical':
    case 'authenticate':
    case 'set_up':
    case 'reconcile':
    case 'unknown':
      return null
  }
}

/** These name their delay; the others' delays are what others found works. */
const NAMES_ITS_DELAY = /^(2[4-9]|30)$/

function advisedDelay(latest: PastAttempt): Wait | null {
  const advice = findAdviceCode(latest.decline?.adviceCode ?? '')
  if (advice === null || !NAMES_ITS_DELAY.test(advice.adviceCode)) return null
  const { adviceCode, retry } = advice
  assert(retry?.when === 'after', 'an advised delay is in hours')
  const [hours = 0] = retry.hours
  const reason = `the network advised ${adviceCode}: try again after ${hours} h`
  return {
    kind: 'until',
    rule: 'advised_delay',
    reason,
    until: addMs(latest.at, hours * MS_PER_HOUR),
  }
}

function pause(question: GuardQuestion, latest: PastAttempt): Wait | null {
  if (latest.decline === null) return null
  const rule = PAUSE_RULES.find((candidate) => holds(candidate, question))
  if (rule === undefined) return null
  const until = addMs(latest.at, rule.pauseHours * MS_PER_HOUR)
  return { kind: 'until', rule: rule.id, reason: `${rule.pauseHours} h between tries`, until }
}

function holds(rule: CountRule | PauseRule, question: GuardQuestion): boolean {
  if (!rule.networks.includes(question.network)) return false
  if (rule.country !== null && rule.country !== question.country) return false
  return question.at >= rule.from && (rule.until === null || question.at < rule.until)
}

function count(rule: CountRule, question: GuardQuestion): Wait | null {
  const windowMs = rule.windowHours * MS_PER_HOUR
  const approved = question.history.findLastIndex(({ decline }) => decline === null)
  const since = rule.counts === 'attempts' ? 0 : approved + 1
  const counted = question.history.slice(since).filter((attempt) => {
    const isSame =
      attempt.amountMinor === question.amountMinor && attempt.currency === question.currency
    return attempt.at > question.at - windowMs && (!rule.perAmount || isSame)
  })
  const oldest = counted.at(-rule.attempts)
  if (counted.length < rule.attempts || oldest === undefined) return null
  const reason = `${counted.length} tries in ${rule.windowHours} h: the network allows no more`
  return { kind: 'until', rule: rule.id, reason, until: addMs(oldest.at, windowMs) }
}
