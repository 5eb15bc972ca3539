import { nextIncome, payPeriodAt } from '../calendar/paydays.ts'
import { HOUR_MS } from '../calendar/zone.ts'
import { drawLognormal, drawNormal, drawUnit, purpose } from '../chance/draw.ts'
import { mixInteger } from '../chance/hash.ts'
import type { Card } from './card.ts'
import { type World, versionAt } from './world.ts'

/**
 * Whether the holder's money has run out in this pay period and has neither come in nor been topped
 * up yet.
 */
export function isShortOfFunds(world: World, card: Card, at: number): boolean {
  if (!card.runsShort) return false
  if ((versionAt(world, at).issuers[card.issuerIndex]?.file.funds ?? null) === null) return false
  const paydays = world.paydays[card.issuerIndex]
  const period = paydays === undefined ? null : payPeriodAt(paydays, at)
  if (period === null) return false
  // A period's course is drawn by the rules under which it began, even if they change on the way.
  const funds = versionAt(world, period.startsAt).issuers[card.issuerIndex]?.file.funds ?? null
  if (funds === null) return false
  const hash = mixInteger(card.hash, period.startsAt)
  const lasts = funds.lasts.mean + funds.lasts.sd * drawNormal(hash, purpose.lasts)
  const runsOutAt = period.startsAt + Math.max(0, lasts) * (period.endsAt - period.startsAt)
  if (at < runsOutAt) return false
  if (drawUnit(hash, purpose.topUp) >= funds.top_up.rate) return true
  const toppedUpAt =
    runsOutAt + drawLognormal(hash, purpose.topUpHours, funds.top_up.hours) * HOUR_MS
  return at < toppedUpAt
}

/** When money is next expected, by the calendar that holds then; null where no income is known. */
export function nextIncomeOf(world: World, card: Card, at: number): number | null {
  const paydays = world.paydays[card.issuerIndex]
  return paydays === undefined ? null : nextIncome(paydays, at)
}
