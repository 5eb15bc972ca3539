import { assert } from '@perennial/core/fault'
import { drawUnit, purpose } from '../chance/draw.ts'
import { finishHash, mixInteger, mixText, mixWord } from '../chance/hash.ts'
import { withCheckDigit } from './luhn.ts'
import { type CardLife, liveLives } from './lives.ts'
import { type World, versionAt } from './world.ts'

/** A cardholder's card with one issuer, and the cards that replace it when it ends. */
export interface Card {
  /** Its place in the population. */
  readonly number: number
  readonly issuerIndex: number
  readonly hash: number
  /** Whether its holder's money ever runs out before the next income. */
  readonly runsShort: boolean
  /** The card itself, then its successors; each begins when an updater can know of it. */
  readonly lives: readonly CardLife[]
}

/** What a merchant and a gateway may see of a card. */
export interface CardFace {
  readonly brand: string
  readonly network: string
  readonly bin: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly funding: 'credit' | 'debit' | 'prepaid'
  readonly country: string
  /** The same for the same card number, at every gateway. */
  readonly fingerprint: string
}

/**
 * The `number`-th card of the world's population: whole, from 0. Issuers are drawn by their shares.
 */
export function drawCard(world: World, number: number): Card {
  const hash = mixInteger(world.hash, number)
  return makeCard(world, { number, hash, issuerIndex: drawIssuer(world, hash) })
}

/** A card of one issuer, told apart by `text` instead of by its place in the population. */
export function drawCardOfIssuer(world: World, issuerIndex: number, text: string): Card {
  const hash = mixText(world.hash, text)
  return makeCard(world, { number: finishHash(hash), hash, issuerIndex })
}

/** The life that a charge at `at` would meet: the newest that is known by then. */
export function lifeIndexAt(card: Card, at: number): number {
  let index = 0
  while (true) {
    const next = card.lives[index + 1]
    if (next === undefined || next.from > at) return index
    index += 1
  }
}

export function cardFaceAt(world: World, card: Card, at: number): CardFace {
  const index = lifeIndexAt(card, at)
  const life = card.lives[index]
  const issuer = versionAt(world, world.startsAt).issuers[card.issuerIndex]
  assert(issuer !== undefined && life !== undefined, 'a card has an issuer and a life')
  const number = cardNumber(issuer.file.bins, card.hash, index)
  return {
    brand: issuer.network,
    network: issuer.network,
    bin: number.slice(0, 6),
    last4: number.slice(-4),
    expMonth: life.expMonth,
    expYear: life.expYear,
    funding: issuer.file.funding,
    country: issuer.file.country,
    fingerprint: `fp_${hexWord(card.hash, index)}${hexWord(card.hash, index + 1000)}`,
  }
}

function makeCard(
  world: World,
  card: { readonly number: number; readonly hash: number; readonly issuerIndex: number },
): Card {
  return { ...card, runsShort: drawRunsShort(world, card), lives: liveLives(world, card) }
}

function drawIssuer(world: World, hash: number): number {
  const { issuers } = world.file
  const total = issuers.reduce((sum, issuer) => sum + issuer.share, 0)
  let left = drawUnit(hash, purpose.issuer) * total
  for (const [index, { share }] of issuers.entries()) {
    left -= share
    if (left < 0) return index
  }
  return issuers.findLastIndex((issuer) => issuer.share > 0)
}

/**
 * Drawn once, by the first funds its issuer ever has: later changes of `short_share` leave it as it
 * is.
 */
function drawRunsShort(
  world: World,
  { hash, issuerIndex }: { readonly hash: number; readonly issuerIndex: number },
): boolean {
  for (const version of world.versions) {
    const funds = version.issuers[issuerIndex]?.file.funds ?? null
    if (funds !== null) return drawUnit(hash, purpose.runsShort) < funds.short_share
  }
  return false
}

function cardNumber(bins: readonly string[], hash: number, life: number): string {
  const bin = bins[Math.floor(drawUnit(hash, purpose.bin) * bins.length)] ?? ''
  const mixed = mixWord(hash, life)
  const digits = Math.floor(drawUnit(mixed, purpose.digits) * 1e9)
  const length = /^3[47]/.test(bin) ? 15 : 16
  const body =
    bin +
    String(digits)
      .padStart(12, '0')
      .slice(-(length - 1 - bin.length))
  return withCheckDigit(body.slice(0, length - 1))
}

function hexWord(hash: number, salt: number): string {
  return finishHash(mixWord(hash, salt)).toString(16).padStart(8, '0')
}
