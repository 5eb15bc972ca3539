import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'

export type UsageMetric =
  | 'captured_amount'
  | 'approved_count'
  | 'declined_count'
  | 'attempt_count'
  | 'decline_rate'
  | 'chargeback_count'

/** Rolling, in whole hours that end with the present one: 1, 24, 168 and 720 of them. */
export type UsagePeriod = 'hour' | 'day' | 'week' | 'month'

/** A cap on how much a gateway is used (revcent 7.1). */
export type UsageRule = {
  readonly metric: UsageMetric
  readonly period: UsagePeriod
  /** Minor units of the charge's currency, a count, or whole percent. Reached is allowed, passed is not. */
  readonly max: number
}

export type UsageFigures = {
  readonly capturedMinor: ReadonlyMap<Currency, bigint>
  readonly approved: number
  readonly declined: number
  readonly attempts: number
  readonly chargebacks: number
}

export type GatewayUsage = Readonly<Record<UsagePeriod, UsageFigures>>

export const NO_FIGURES: UsageFigures = {
  capturedMinor: new Map(),
  approved: 0,
  declined: 0,
  attempts: 0,
  chargebacks: 0,
}

/** What learned routing knows of one gateway and the cards of one BIN. */
export type BinResult = { readonly approved: number; readonly attempts: number }

/**
 * What routing remembers between decisions. A batch decides many charges on one book and notes each in it
 * (`noteCharge`), so that the next one sees it.
 */
export type RoutingBook = {
  readonly usage: ReadonlyMap<Uuid, GatewayUsage>
  /** Which gateway took the last turn, by whose turn it is: a group, or a node of a flow. */
  readonly turns: Map<string, Uuid>
  /** Charges planned since the usage was read. */
  readonly planned: Map<Uuid, { attempts: number; capturedMinor: Map<Currency, bigint> }>
  /** By the first six digits, then by gateway: the last 90 days. */
  readonly binResults: ReadonlyMap<string, ReadonlyMap<Uuid, BinResult>>
}

export function emptyBook(): RoutingBook {
  return { usage: new Map(), turns: new Map(), planned: new Map(), binResults: new Map() }
}

type Charge = {
  readonly gatewayId: Uuid
  readonly amountMinor: bigint
  readonly currency: Currency
}

/** Counts a charge that is about to be made, and gives whoever took turns their turn. */
export function noteCharge(
  book: RoutingBook,
  charge: Charge & { readonly turns: readonly Turn[] },
): void {
  for (const turn of charge.turns) book.turns.set(turn.of, turn.gatewayId)
  const before = book.planned.get(charge.gatewayId) ?? { attempts: 0, capturedMinor: new Map() }
  before.attempts += 1
  const sumMinor = (before.capturedMinor.get(charge.currency) ?? 0n) + charge.amountMinor
  before.capturedMinor.set(charge.currency, sumMinor)
  book.planned.set(charge.gatewayId, before)
}

/** Takes one back that is not made now after all. Whoever took a turn for it has had it. */
export function forgetCharge(book: RoutingBook, charge: Charge): void {
  const planned = book.planned.get(charge.gatewayId)
  assert(planned !== undefined, 'what is taken back was noted')
  planned.attempts -= 1
  const sumMinor = (planned.capturedMinor.get(charge.currency) ?? 0n) - charge.amountMinor
  planned.capturedMinor.set(charge.currency, sumMinor)
}

export type Turn = { readonly of: string; readonly gatewayId: Uuid }

/** What the gateway has captured in this currency, what is planned included. */
export function capturedMinor(
  book: RoutingBook,
  of: { readonly gatewayId: Uuid; readonly currency: Currency; readonly period: UsagePeriod },
): bigint {
  const figures = book.usage.get(of.gatewayId)?.[of.period]
  const planned = book.planned.get(of.gatewayId)
  return (
    (figures?.capturedMinor.get(of.currency) ?? 0n) +
    (planned?.capturedMinor.get(of.currency) ?? 0n)
  )
}

/** The first cap that this charge would pass, with the figure it would come to; null when it passes none. */
export function passedCap(
  book: RoutingBook,
  charge: Charge,
  rules: readonly UsageRule[],
): { readonly rule: UsageRule; readonly figure: bigint } | null {
  for (const rule of rules) {
    const figure = figureWith(book, charge, rule)
    if (figure > rule.max) return { rule, figure }
  }
  return null
}

/** A metric once this charge has been made. It counts as approved for approvals and as declined for declines. */
function figureWith(book: RoutingBook, charge: Charge, rule: UsageRule): bigint {
  const { gatewayId, amountMinor, currency } = charge
  const figures = book.usage.get(gatewayId)?.[rule.period] ?? NO_FIGURES
  const planned = book.planned.get(gatewayId)?.attempts ?? 0
  switch (rule.metric) {
    case 'captured_amount':
      return capturedMinor(book, { gatewayId, currency, period: rule.period }) + amountMinor
    case 'approved_count':
      return BigInt(figures.approved + planned + 1)
    case 'declined_count':
      return BigInt(figures.declined + 1)
    case 'attempt_count':
      return BigInt(figures.attempts + planned + 1)
    case 'decline_rate':
      // Up to the next whole percent: 20.1 % is above 20. The charge itself is no decline yet.
      return ceilPercent(figures.declined, figures.attempts + planned + 1)
    case 'chargeback_count':
      return BigInt(figures.chargebacks)
    default:
      return assertNever(rule.metric)
  }
}

function ceilPercent(part: number, whole: number): bigint {
  return (BigInt(part) * 100n + BigInt(whole) - 1n) / BigInt(whole)
}
