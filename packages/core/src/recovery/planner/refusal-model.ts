import type { Segment } from './evidence.ts'
import { isOver, toWeights } from './weights.ts'

/** How an issuer refuses without a reason: how often by hour, weekday and gateway, and for how long it goes on. */
export type RefusalModel = {
  readonly rate: number
  readonly hourFactor: readonly number[]
  readonly weekdayFactor: readonly number[]
  readonly gatewayFactor: ReadonlyMap<string, number>
  /** Chances of spell lengths, in the order of SPELLS. */
  readonly spells: readonly number[]
  /** By hours since the refusal, the chance that its spell is over. */
  readonly over: readonly number[]
  /** How many tries it rests on. */
  readonly tried: number
}

/**
 * Median hours and spread (of the logarithm) that spells of refusals may have, with how likely before evidence. Their range is
 * that of the delays that others retry soft declines by: Yuno after 5 minutes to 96 hours (https://docs.y.uno/reference/retries), Stripe 8
 * times in 2 weeks (https://docs.stripe.com/payments/off-session-payments/smart-retries). How likely each is, is ours, by judgement, around
 * the 24 hours that spec/revtain.md 8.2 waits first: no figures were found.
 */
const SPELLS: readonly (readonly [medianHours: number, sigma: number, prior: number])[] = [
  [4, 0.7, 0.1],
  [9, 0.7, 0.2],
  [18, 0.7, 0.25],
  [36, 0.7, 0.2],
  [72, 0.7, 0.13],
  [144, 0.7, 0.08],
  [240, 0.7, 0.04],
]

/**
 * Of charges on good cards, so many are refused without a reason. Ours, by judgement: a third of the ratio of all declines, about
 * 10 %, that Braintree calls acceptable (https://developer.paypal.com/braintree/articles/control-panel/transactions/declines/); the others
 * have a reason.
 */
const RATE_BEFORE_EVIDENCE = 0.03
/** How many expected refusals a factor needs before it is believed half. */
const FACTOR_NEEDS = 2
const STILL_REFUSED_OK = 0.06

/** `prior` is what one begins with: null = nothing but the shipped figures. */
export function learnRefusals(
  segment: Segment | undefined,
  prior: RefusalModel | null,
): RefusalModel {
  const baseRate = prior?.rate ?? RATE_BEFORE_EVIDENCE
  const spellPrior = prior?.spells ?? SPELLS.map(([, , share]) => share)
  if (segment === undefined) {
    return {
      rate: baseRate,
      hourFactor: prior?.hourFactor ?? Array<number>(24).fill(1),
      weekdayFactor: prior?.weekdayFactor ?? Array<number>(7).fill(1),
      gatewayFactor: prior?.gatewayFactor ?? new Map(),
      spells: spellPrior,
      over: overByHour(spellPrior),
      tried: 0,
    }
  }
  const tried = segment.byWeekday.tried.reduce((all, one) => all + one, 0)
  const refused = segment.byWeekday.refused.reduce((all, one) => all + one, 0)
  const rate = (refused + baseRate * 40) / (tried + 40)
  const factors = (counts: {
    readonly tried: readonly number[]
    readonly refused: readonly number[]
  }) => counts.tried.map((count, index) => factorOf(counts.refused[index] ?? 0, count * rate))
  const spells = learnSpells(segment, spellPrior, rate)
  return {
    rate,
    hourFactor: smoothed(factors(segment.byHour)),
    weekdayFactor: factors(segment.byWeekday),
    gatewayFactor: new Map(
      [...segment.byGateway].map(([gateway, counts]) => [
        gateway,
        factorOf(counts.refused, counts.tried * rate),
      ]),
    ),
    spells,
    over: overByHour(spells),
    tried,
  }
}

function factorOf(refused: number, expected: number): number {
  return (refused + FACTOR_NEEDS) / (expected + FACTOR_NEEDS)
}

/** Issuers' hours come in stretches: a lone hour borrows from its neighbours. */
function smoothed(factors: readonly number[]): number[] {
  return factors.map((factor, hour) => {
    const before = factors[(hour + 23) % 24] ?? factor
    const after = factors[(hour + 1) % 24] ?? factor
    return 0.5 * factor + 0.25 * before + 0.25 * after
  })
}

function learnSpells(segment: Segment, prior: readonly number[], rate: number): number[] {
  const logs = SPELLS.map(([median, sigma], index) => {
    let log = Math.log((prior[index] ?? 0) + 1e-6)
    for (const retry of segment.spellRetries) {
      const over = isOver(retry.hours, median, sigma)
      const ok = over * (1 - rate) + (1 - over) * STILL_REFUSED_OK
      log += Math.log(retry.isOk ? ok : 1 - ok)
    }
    return log
  })
  return toWeights(logs)
}

/** Longer than any horizon. */
const HOURS_KNOWN = 1_000

function overByHour(spells: readonly number[]): number[] {
  return Array.from({ length: HOURS_KNOWN }, (_, hour) => {
    let chance = 0
    for (const [index, [median, sigma]] of SPELLS.entries())
      chance += (spells[index] ?? 0) * isOver(hour + 0.5, median, sigma)
    return chance
  })
}

/** The chance that a refusal of `hours` ago is over. */
export function spellIsOver(model: RefusalModel, hours: number): number {
  return model.over[Math.max(0, Math.floor(hours))] ?? 1
}

/** The chance that a card which was refused `hours` ago is approved now, whatever the hour and gateway. */
export function answeredChance(model: RefusalModel, hours: number): number {
  const over = spellIsOver(model, hours)
  return over * (1 - model.rate) + (1 - over) * STILL_REFUSED_OK
}

/** The chance that a charge on a card without trouble is refused at this hour, weekday and gateway. */
export function refusalChance(
  model: RefusalModel,
  when: { readonly hour: number; readonly weekday: number },
  gateway: string,
): number {
  const factor =
    (model.hourFactor[when.hour] ?? 1) *
    (model.weekdayFactor[when.weekday] ?? 1) *
    (model.gatewayFactor.get(gateway) ?? 1)
  return Math.min(0.95, model.rate * factor)
}
