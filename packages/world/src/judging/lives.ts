import { assert } from '@perennial/core/fault'
import { HOUR_MS, type Zone, monthEnd, toLocal } from '../calendar/zone.ts'
import { drawUnit, purpose } from '../chance/draw.ts'
import { mixWord } from '../chance/hash.ts'
import type { World } from './world.ts'

/** One piece of plastic: from when the world (and an updater) knows it, until it ends. */
export interface CardLife {
  readonly from: number
  /** Infinity for a card that never ends. */
  readonly endsAt: number
  readonly endsBy: 'expired' | 'closed' | 'lost' | 'stolen'
  readonly expMonth: number
  readonly expYear: number
}

const YEAR_MS = 365.25 * 24 * HOUR_MS
/** A bound on successors; the chance to reach it matters only in worlds where cards hardly live. */
const LIVES_MAX = 8
/** Printed on cards of issuers whose cards never expire. */
const MONTHS_WHEN_NEVER = 240
/** Of lost cards, the share that is reported stolen: 43 instead of 41. */
const STOLEN_SHARE = 0.3

interface CardSeed {
  readonly hash: number
  readonly issuerIndex: number
}

/** The card's own life and those of the successors that an updater brings, in order. */
export function liveLives(world: World, card: CardSeed): CardLife[] {
  const lives: CardLife[] = []
  // The first card was there before the world began.
  let life = drawLife(world, { ...card, hash: mixWord(card.hash, 0) }, world.startsAt)
  lives.push({ ...life, from: Number.NEGATIVE_INFINITY })
  while (lives.length < LIVES_MAX && Number.isFinite(life.endsAt)) {
    const hash = mixWord(card.hash, lives.length)
    const updater = updaterAt(world, card.issuerIndex, life.endsAt)
    if (drawUnit(hash, purpose.updater) >= updater.share) break
    life = drawLife(world, { ...card, hash }, life.endsAt + updater.delay_hours * HOUR_MS)
    lives.push(life)
  }
  return lives
}

function drawLife(world: World, { hash, issuerIndex }: CardSeed, from: number): CardLife {
  const expiry = drawExpiry(world, { hash, issuerIndex }, from)
  const closedAt = drawEnd(world, { hash, issuerIndex, from, rate: 'closed_per_year' })
  const lostAt = drawEnd(world, { hash, issuerIndex, from, rate: 'lost_per_year' })
  const endsAt = Math.min(expiry.expiresAt, closedAt, lostAt)
  return { from, endsAt, endsBy: endsBy(), expMonth: expiry.expMonth, expYear: expiry.expYear }

  function endsBy(): CardLife['endsBy'] {
    if (endsAt === expiry.expiresAt) return 'expired'
    if (endsAt === closedAt) return 'closed'
    return drawUnit(hash, purpose.stolen) < STOLEN_SHARE ? 'stolen' : 'lost'
  }
}

/**
 * Even over the months of 1 / `expires_per_year` years; the rate when the card was made counts, as
 * it is printed.
 */
function drawExpiry(
  world: World,
  { hash, issuerIndex }: CardSeed,
  from: number,
): { expiresAt: number; expMonth: number; expYear: number } {
  const issuer = issuerOf(world, issuerIndex, from)
  const rate = issuer.file.ends.expires_per_year
  const unit = drawUnit(hash, purpose.expiry)
  const months = rate > 0 ? Math.floor((unit * 12) / rate) : MONTHS_WHEN_NEVER
  const local = new Date(toLocal(issuer.zone, from))
  const month = local.getUTCFullYear() * 12 + local.getUTCMonth() + Math.min(months, 12_000)
  const printed = { expMonth: (month % 12) + 1, expYear: Math.floor(month / 12) }
  const expiresAt = rate > 0 ? endOfPrinted(issuer.zone, printed) : Number.POSITIVE_INFINITY
  return { ...printed, expiresAt }
}

function endOfPrinted(zone: Zone, { expMonth, expYear }: { expMonth: number; expYear: number }) {
  return monthEnd(zone, expYear, expMonth)
}

/**
 * When a risk of so much a year, which may change with the world's versions, strikes for the first
 * time.
 */
function drawEnd(
  world: World,
  risk: CardSeed & {
    readonly from: number
    readonly rate: 'closed_per_year' | 'lost_per_year'
  },
): number {
  const about = risk.rate === 'closed_per_year' ? purpose.closing : purpose.losing
  let left = -Math.log(drawUnit(risk.hash, about)) // how much risk the card can take, as years × rate
  for (const [i, version] of world.versions.entries()) {
    const starts = Math.max(version.from, risk.from)
    const ends = world.versions[i + 1]?.from ?? Number.POSITIVE_INFINITY
    const rate = version.issuers[risk.issuerIndex]?.file.ends[risk.rate] ?? 0
    if (ends <= starts || rate === 0) continue
    const strikesAt = starts + (left / rate) * YEAR_MS
    if (strikesAt < ends) return Math.floor(strikesAt)
    left -= ((ends - starts) / YEAR_MS) * rate
  }
  return Number.POSITIVE_INFINITY
}

function updaterAt(world: World, issuerIndex: number, at: number) {
  return issuerOf(world, issuerIndex, at).file.ends.updater
}

function issuerOf(world: World, issuerIndex: number, at: number) {
  const version = world.versions.findLast((one) => one.from <= at)
  const issuer = version?.issuers[issuerIndex]
  assert(issuer !== undefined, 'every version has every issuer')
  return issuer
}
