import { assert } from '@perennial/core/fault'
import { toUnit } from '../chance/draw.ts'
import { mixInteger, mixWord } from '../chance/hash.ts'
import { type Card, drawCard } from '../judging/card.ts'
import { type World, versionAt } from '../judging/world.ts'

/** A customer who is charged every month. */
export type Subscriber = {
  readonly number: number
  card: Card
  readonly amountMinor: number
  /** Where first charges go. */
  readonly homeGateway: string
  /** Gateways that take the card, in the file's order. */
  readonly gateways: readonly string[]
  readonly anchorDay: number
  /** Milliseconds into that day (UTC). */
  readonly anchorMs: number
}

const DAY_MS = 86_400_000

/** The `number`-th subscriber of a seed: card, price, day and hour are drawn by hashing. */
export function makeSubscriber(world: World, seed: number, number: number): Subscriber {
  const card = drawCard(world, seed * 10_000_000 + number)
  const hash = mixInteger(mixWord(card.hash, 77), number)
  const unit = (about: number) => toUnit(mixWord(hash, about))
  const gateways = gatewaysFor(world, card)
  const homeGateway = gateways[Math.floor(unit(1) * gateways.length)] ?? firstGateway(world)
  return {
    number,
    card,
    amountMinor: drawAmount(world, unit(2)),
    homeGateway,
    gateways: gateways.length === 0 ? [homeGateway] : gateways,
    anchorDay: 1 + Math.floor(unit(3) * 31),
    anchorMs: Math.floor(unit(4) * DAY_MS),
  }
}

function gatewaysFor(world: World, card: Card): string[] {
  const version = versionAt(world, world.startsAt)
  const network = version.issuers[card.issuerIndex]?.network ?? ''
  const currency = world.file.customers.currency.toLowerCase()
  return [...version.gateways.values()]
    .filter((gateway) => gateway.networks.has(network) && gateway.currencies.has(currency))
    .map((gateway) => gateway.id)
}

function firstGateway(world: World): string {
  const first = world.file.gateways[0]
  assert(first !== undefined, 'a world has a gateway')
  return first.id
}

function drawAmount(world: World, unit: number): number {
  const amounts = world.file.customers.amounts_minor
  const total = amounts.reduce((sum, [weight]) => sum + weight, 0)
  let left = unit * total
  for (const [weight, amount] of amounts) {
    left -= weight
    if (left < 0) return amount
  }
  return amounts.at(-1)?.[1] ?? 100
}

/** When the bill of a month falls due; a day that the month lacks is its last. */
export function billedAt(world: World, subscriber: Subscriber, month: number): number {
  const start = new Date(world.startsAt)
  const year = start.getUTCFullYear()
  const index = start.getUTCMonth() + month
  const lastDay = new Date(Date.UTC(year, index + 1, 0)).getUTCDate()
  const day = Math.min(subscriber.anchorDay, lastDay)
  const at = Date.UTC(year, index, day) + subscriber.anchorMs
  return Math.max(at, world.startsAt)
}
