import { HOUR_MS } from '../calendar/zone.ts'
import type { Outcome } from '../judging/attempt.ts'
import {
  adviceDelays,
  type CountLimit,
  countLimits,
  neverAgain,
  neverAgainMastercard,
  pauses,
  stopAdvice,
  visaCategory1,
} from './limits.ts'

/** One try of a charge, as the world saw it. Tries are taken for the merchant's own: no customer was there. */
export interface SeenTry {
  readonly merchant: string
  /** The same for the same card number; the number that replaces it is another. */
  readonly card: string
  readonly network: string
  /** ISO 3166-1 alpha-2 of the card. */
  readonly country: string
  readonly amountMinor: number
  readonly currency: string
  readonly at: number
  readonly outcome: Outcome
}

/** Watches the tries of any merchants, in the order of time. */
export interface Referee {
  /** The rule that this try broke when it was made, by what went before; null where it broke none. */
  watch(tried: SeenTry): string | null
}

/** What networks remember of a card at a merchant. */
interface CardRecord {
  stoppedBy: string | null
  /** Of the last month, oldest first. */
  declines: Refused[]
  approvedAt: number
  /** The newest answer, where it was a refusal. */
  latest: (Refused & { readonly adviceCode: string | null }) | null
}

interface Refused {
  readonly at: number
  readonly amountMinor: number
  readonly currency: string
}

const MONTH_MS = 31 * 24 * HOUR_MS

/** Judges by its own numbers (`limits.ts`), never by those of whoever is judged. */
export function createReferee(): Referee {
  const records = new Map<string, CardRecord>()
  return {
    watch: (tried) => {
      const key = `${tried.merchant} ${tried.card}`
      const record = records.get(key) ?? newRecord()
      records.set(key, record)
      record.declines = record.declines.filter(({ at }) => at > tried.at - MONTH_MS)
      const broken = brokenRule(record, tried)
      note(record, tried)
      return broken
    },
  }
}

function newRecord(): CardRecord {
  return { stoppedBy: null, declines: [], approvedAt: Number.NEGATIVE_INFINITY, latest: null }
}

function brokenRule(record: CardRecord, tried: SeenTry): string | null {
  if (record.stoppedBy !== null) return record.stoppedBy
  const { latest } = record
  if (latest !== null) {
    const waited = tried.at - latest.at
    const delay = adviceDelays.get(latest.adviceCode ?? '') ?? 0
    if (waited < delay * HOUR_MS) return `advice ${latest.adviceCode}: ${delay} hours`
    const pause = pauses.find((each) => isAbout(each, tried) && waited < each.windowHours * HOUR_MS)
    if (pause !== undefined) return pause.rule
  }
  const limit = countLimits.find(
    (each) => isAbout(each, tried) && countOf(each, record, tried) >= each.declinesMax,
  )
  return limit?.rule ?? null
}

function isAbout(
  { networks, country }: Pick<CountLimit, 'networks' | 'country'>,
  tried: SeenTry,
): boolean {
  return networks.includes(tried.network) && (country === null || country === tried.country)
}

function countOf(
  { windowHours, isOfAmount }: CountLimit,
  { declines, approvedAt }: CardRecord,
  { at, amountMinor, currency }: SeenTry,
): number {
  const counted = declines.filter((one) => {
    if (one.at <= at - windowHours * HOUR_MS) return false
    if (!isOfAmount) return true
    return one.amountMinor === amountMinor && one.currency === currency && one.at > approvedAt
  })
  return counted.length
}

/** What neither reached the network nor moved money leaves no trace. */
function note(record: CardRecord, tried: SeenTry): void {
  const { at, amountMinor, currency, network, outcome } = tried
  switch (outcome.kind) {
    case 'gateway_error':
      return
    case 'timed_out':
      if (outcome.charged) approve(record, at)
      return
    case 'approved':
      approve(record, at)
      return
    case 'declined':
    case 'needs_action': {
      const { isoCode, adviceCode } = outcome.decline
      const refused = { at, amountMinor, currency }
      record.declines.push(refused)
      record.latest = { ...refused, adviceCode }
      record.stoppedBy ??= stopOf(network, isoCode, adviceCode)
    }
  }
}

function approve(record: CardRecord, at: number): void {
  record.approvedAt = at
  record.latest = null
}

function stopOf(network: string, isoCode: string | null, adviceCode: string | null): string | null {
  if (adviceCode !== null && stopAdvice.has(adviceCode)) return `advice ${adviceCode}: never again`
  if (isoCode === null) return null
  if (network === 'visa' && visaCategory1.has(isoCode)) return `visa category 1: ${isoCode}`
  const isOver =
    neverAgain.has(isoCode) || (network === 'mastercard' && neverAgainMastercard.has(isoCode))
  return isOver ? `never again after ${isoCode}` : null
}
