import {
  MS_PER_DAY,
  MS_PER_HOUR,
  offsetMsAt,
  type Instant,
  type TimeZone,
} from '../../time/index.ts'
import { segmentKey, type CardFunding, type CardTraits } from './card-traits.ts'
import type { SuspectedOutage } from './suspected-outage.ts'

/** Why an attempt failed, as far as it matters for when and where to try again. */
export type FailureReason =
  /** Not enough money on the account. */
  | 'funds'
  /** A refusal without a stated reason: do not honour and its like. */
  | 'refusal'
  /** Over a limit of amount or count. */
  | 'limit'
  /** The issuer or its network could not be reached. */
  | 'issuer_down'
  /** The gateway failed, or did not answer and did not charge. */
  | 'gateway_down'
  /** The card is gone or its data is wrong: only new data helps. */
  | 'card_ended'
  /** The customer has to act. */
  | 'authentication'
  /** Nothing will help. */
  | 'final'

/** One attempt and how it ended: the planner learns from nothing else. */
export type AttemptEvidence = {
  readonly traits: CardTraits
  readonly gateway: string
  readonly at: Instant
  /** Null for an approval. */
  readonly failed: FailureReason | null
  /** True for the first charge of a bill, on a card that is not known to be in trouble. */
  readonly isFirst: boolean
  /** When this card was last short of money in the same case. */
  readonly shortAt: Instant | null
  /** When this card was last refused without a reason in the same case. */
  readonly refusedAt: Instant | null
  /** How many tries of this card for the same bill had failed before; absent = not known. */
  readonly failedBefore?: number
}

type DayCounts = { readonly charged: number[]; readonly short: number[] }
type Retry = {
  readonly isOk: boolean
  /** Which retry of its card for its bill it was, from 1; 0 = not known. */
  readonly number: number
}
type FundsRetry = Retry & { readonly shortLocal: number; readonly local: number }
type SpellRetry = Retry & { readonly hours: number; readonly at: number }
type Counts = { readonly tried: number[]; readonly refused: number[] }

/** What was seen of cards of one kind (see `segmentKey`), or of everybody. Plain data; changed in place by `learn`. */
export type Segment = {
  readonly key: string
  readonly country: string
  /** As the newest card of it that tells one; null = none has told. */
  funding: CardFunding | null
  readonly zone: TimeZone
  /** First charges by local day (days since 1970) and hour. */
  readonly days: Map<number, DayCounts>
  /** Tries after a shortage, newest last. */
  readonly fundsRetries: FundsRetry[]
  /** Tries after a refusal, newest last. */
  readonly spellRetries: SpellRetry[]
  readonly byHour: Counts
  readonly byWeekday: Counts
  readonly byGateway: Map<string, { tried: number; refused: number }>
  /** To which day the refusal counts have faded. */
  fadedToDay: number
  lastDownAt: number
  lastUpAt: number
  attempts: number
}

export type Evidence = {
  readonly segments: Map<string, Segment>
  /** Recent failures of gateways themselves, fading within hours. */
  readonly gateways: Map<string, GatewayRecord>
  /** By gateway and currency: refusals that are taken for an outage of ours, and not learned from. */
  readonly outages: Map<string, SuspectedOutage>
  attempts: number
}

export type GatewayRecord = { failures: number; tries: number; at: number }

export function emptyEvidence(): Evidence {
  return { segments: new Map(), gateways: new Map(), outages: new Map(), attempts: 0 }
}

/** Days that first charges are remembered by; older worlds may have changed. */
const DAYS_KEPT = 75
const FUNDS_RETRIES_KEPT = 500
const SPELL_RETRIES_KEPT = 300
/** Counts of refusals weigh half as much after so many days. */
const REFUSALS_HALVE_DAYS = 30
/** A gateway's failure weighs half as much after so many hours. */
const GATEWAY_HALVES_HOURS = 1.5

/** Local clock time as if it were UTC. */
export function toLocalMs(at: number, zone: TimeZone): number {
  return at + offsetMsAt(at as Instant, zone)
}

export function localDayOf(localMs: number): number {
  return Math.floor(localMs / MS_PER_DAY)
}

export function localHourOf(localMs: number): number {
  return Math.floor(localMs / MS_PER_HOUR) - localDayOf(localMs) * 24
}

/** 0 is Monday. */
export function weekdayIndexOf(localMs: number): number {
  return (((localDayOf(localMs) + 3) % 7) + 7) % 7
}

/** Takes in how one attempt ended. */
export function learn(evidence: Evidence, seen: AttemptEvidence): void {
  evidence.attempts += 1
  learnGateway(evidence, seen)
  if (seen.failed === 'gateway_down') return
  const segment = segmentOf(evidence, seen.traits)
  const local = toLocalMs(seen.at, segment.zone)
  segment.attempts += 1
  if (seen.failed === 'issuer_down') {
    segment.lastDownAt = Math.max(segment.lastDownAt, seen.at)
    return
  }
  segment.lastUpAt = Math.max(segment.lastUpAt, seen.at)
  if (seen.failed === 'card_ended' || seen.failed === 'final' || seen.failed === 'authentication')
    return
  if (seen.isFirst) learnFirst(segment, seen, local)
  else learnRetry(segment, seen, local)
  // A card that is known to be refused says nothing about where refusals begin.
  if (seen.refusedAt === null || seen.failed === null) learnRefusals(segment, seen, local)
}

function segmentOf(evidence: Evidence, traits: CardTraits): Segment {
  const key = segmentKey(traits)
  const known = evidence.segments.get(key)
  if (known !== undefined) {
    known.funding = traits.funding ?? known.funding
    return known
  }
  const segment: Segment = {
    key,
    country: traits.country ?? 'unknown',
    funding: traits.funding ?? null,
    zone: traits.zone,
    days: new Map(),
    fundsRetries: [],
    spellRetries: [],
    byHour: zeroCounts(24),
    byWeekday: zeroCounts(7),
    byGateway: new Map(),
    fadedToDay: 0,
    lastDownAt: 0,
    lastUpAt: 0,
    attempts: 0,
  }
  evidence.segments.set(key, segment)
  return segment
}

function zeroCounts(length: number): Counts {
  return { tried: Array(length).fill(0), refused: Array(length).fill(0) }
}

function learnFirst(segment: Segment, seen: AttemptEvidence, local: number): void {
  const day = localDayOf(local)
  let counts = segment.days.get(day)
  if (counts === undefined) {
    counts = { charged: Array(24).fill(0), short: Array(24).fill(0) }
    segment.days.set(day, counts)
    for (const old of segment.days.keys()) if (old < day - DAYS_KEPT) segment.days.delete(old)
  }
  add(counts.charged, localHourOf(local), 1)
  if (seen.failed === 'funds') add(counts.short, localHourOf(local), 1)
}

function learnRetry(segment: Segment, seen: AttemptEvidence, local: number): void {
  const { failedBefore: number = 0 } = seen
  const saysFunds = seen.failed === null || seen.failed === 'funds'
  if (seen.shortAt !== null && saysFunds) {
    const shortLocal = toLocalMs(seen.shortAt, segment.zone)
    keep(
      segment.fundsRetries,
      { shortLocal, local, isOk: seen.failed === null, number },
      FUNDS_RETRIES_KEPT,
    )
  }
  const saysSpell = seen.failed === null || seen.failed === 'refusal'
  if (seen.refusedAt !== null && saysSpell) {
    const hours = (seen.at - seen.refusedAt) / MS_PER_HOUR
    keep(
      segment.spellRetries,
      { hours, at: seen.at, isOk: seen.failed === null, number },
      SPELL_RETRIES_KEPT,
    )
  }
}

function learnRefusals(segment: Segment, seen: AttemptEvidence, local: number): void {
  // A shortage is judged before the issuer looks for a reason to refuse: it says nothing here.
  if (seen.failed !== null && seen.failed !== 'refusal') return
  fade(segment, localDayOf(local))
  const refused = seen.failed === 'refusal' ? 1 : 0
  const hour = localHourOf(local)
  const weekday = weekdayIndexOf(local)
  add(segment.byHour.tried, hour, 1)
  add(segment.byHour.refused, hour, refused)
  add(segment.byWeekday.tried, weekday, 1)
  add(segment.byWeekday.refused, weekday, refused)
  const at = segment.byGateway.get(seen.gateway) ?? { tried: 0, refused: 0 }
  at.tried += 1
  at.refused += refused
  segment.byGateway.set(seen.gateway, at)
}

function fade(segment: Segment, day: number): void {
  const days = day - segment.fadedToDay
  if (days <= 0) return
  const left = 0.5 ** (days / REFUSALS_HALVE_DAYS)
  segment.fadedToDay = day
  for (const counts of [segment.byHour, segment.byWeekday]) {
    scale(counts.tried, left)
    scale(counts.refused, left)
  }
  for (const counts of segment.byGateway.values()) {
    counts.tried *= left
    counts.refused *= left
  }
}

function learnGateway(evidence: Evidence, seen: AttemptEvidence): void {
  const known = evidence.gateways.get(seen.gateway) ?? { failures: 0, tries: 0, at: seen.at }
  const hours = Math.max(0, seen.at - known.at) / MS_PER_HOUR
  const left = 0.5 ** (hours / GATEWAY_HALVES_HOURS)
  evidence.gateways.set(seen.gateway, {
    failures: known.failures * left + (seen.failed === 'gateway_down' ? 1 : 0),
    tries: known.tries * left + 1,
    at: Math.max(known.at, seen.at),
  })
}

/** The chance that a gateway fails right now, from its last hours; undefined = nothing is known of it. */
export function gatewayFailureRate(known: GatewayRecord | undefined, at: number): number {
  if (known === undefined) return GATEWAY_FAILS
  const left = 0.5 ** (Math.max(0, at - known.at) / MS_PER_HOUR / GATEWAY_HALVES_HOURS)
  return (known.failures * left + GATEWAY_FAILS * 3) / (known.tries * left + 3)
}

/** Of calls to a gateway, so many fail when nothing is known. Ours, by judgement: more than gateways promise, because time-outs count here. */
const GATEWAY_FAILS = 0.005

function add(counts: number[], index: number, value: number): void {
  counts[index] = (counts[index] ?? 0) + value
}

function scale(counts: number[], factor: number): void {
  for (let index = 0; index < counts.length; index += 1)
    counts[index] = (counts[index] ?? 0) * factor
}

function keep<T>(list: T[], entry: T, most: number): void {
  list.push(entry)
  if (list.length > most + most / 10) list.splice(0, list.length - most)
}
