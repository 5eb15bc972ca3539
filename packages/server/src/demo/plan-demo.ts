import { addDays, addMs, MS_PER_DAY, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { priceKey, trialDaysOf, type PlanName } from './catalogue.ts'
import { draw, drawInteger, drawWeighted } from './draw.ts'
import { personOf, type Person } from './people.ts'

/** One customer who comes, with the card and the plan they take. */
export type SignUp = {
  readonly number: number
  readonly person: Person
  readonly plan: PlanName
  readonly priceKey: string
  readonly quantity: bigint
  readonly token: string
  /** Within the hour of the moment. */
  readonly at: Instant
}

/** What a customer who signed up does later. */
export type Deed = {
  readonly number: number
  readonly kind: 'cancel_now' | 'cancel_at_period_end' | 'pause' | 'more_seats' | 'new_card'
}

/** Everything that happens in one hour. */
export type Moment = {
  readonly at: Instant
  readonly signUps: readonly SignUp[]
  readonly deeds: readonly Deed[]
}

export const DEMO_DAYS = 364
const WEEKS = DEMO_DAYS / 7
const CUSTOMERS = 300
/** Sign-ups grow from week to week: after a share x of the year, x to this power of all customers are there. */
const GROWTH = 1.3

const PLAN_WEIGHTS: readonly (readonly [number, PlanName])[] = [
  [34, 'starter'],
  [26, 'growth'],
  [8, 'growth-yearly'],
  [19, 'team'],
  [4, 'team-yearly'],
  [5, 'advice'],
  [4, 'newsletter'],
]

/**
 * The demo's year in moments, one a week and a few between, in order of time. `startsAt` is its first instant. The same
 * start always gives the same year.
 */
export function planDemo(startsAt: Instant): readonly Moment[] {
  const weeks = Array.from({ length: WEEKS }, (_, week) => momentAt(startsAt, week))
  const signUps = weeks.map((at, week) => signUpsOf({ startsAt, at, week }))
  const deeds = new Map<Instant, Deed[]>(weeks.map((at) => [at, []]))
  for (const [week, list] of signUps.entries()) {
    for (const signUp of list) {
      for (const { at, deed } of deedsOf(signUp, { weeks, week })) {
        deeds.set(at, [...(deeds.get(at) ?? []), deed])
      }
    }
  }
  const signUpsAt = new Map(weeks.map((at, week) => [at, signUps[week] ?? []]))
  return [...deeds.keys()]
    .toSorted((one, other) => one - other)
    .map((at) => ({ at, signUps: signUpsAt.get(at) ?? [], deeds: deeds.get(at) ?? [] }))
}

/** A full hour in the working time of one of the week's days. */
function momentAt(startsAt: Instant, week: number): Instant {
  const day = week * 7 + drawInteger(`week ${week} day`, { from: 0, to: 6 })
  const hour = drawInteger(`week ${week} hour`, { from: 8, to: 17 })
  return addMs(startsAt, day * MS_PER_DAY + hour * MS_PER_HOUR)
}

type Week = { readonly startsAt: Instant; readonly at: Instant; readonly week: number }

function signUpsOf({ startsAt, at, week }: Week): SignUp[] {
  const first = customersAfter(week)
  const count = customersAfter(week + 1) - first
  return Array.from({ length: count }, (_, index) => {
    const number = first + index + 1
    const person = personOf(number)
    const plan = drawWeighted(`customer ${number} plan`, PLAN_WEIGHTS) ?? 'starter'
    return {
      number,
      person,
      priceKey: priceKey(plan, person.currency),
      quantity: plan.startsWith('team')
        ? BigInt(drawInteger(`customer ${number} seats`, { from: 2, to: 30 }))
        : 1n,
      token: tokenOf(number, { plan, startsAt, at }),
      plan,
      at: addMs(at, Math.floor(draw(`customer ${number} minute`) * MS_PER_HOUR)),
    }
  })
}

function customersAfter(weeks: number): number {
  return Math.round(CUSTOMERS * (weeks / WEEKS) ** GROWTH)
}

type Bill = { readonly plan: PlanName; readonly startsAt: Instant; readonly at: Instant }

const MONTH_MS = Math.round(30.44 * MS_PER_DAY)
/** The last renewal was so long ago when the demo ends: recovery is still trying then. */
const RECENT_MS = { from: 2 * MS_PER_DAY, to: 5 * MS_PER_DAY }

/** Most cards come from the world's population; some have a fate of their own, so that every state is seen. */
function tokenOf(number: number, bill: Bill): string {
  const { monthsPaid, sinceLastMs } = chargesOf(bill)
  const kind = number % 25
  const isRecent = sinceLastMs >= RECENT_MS.from && sinceLastMs <= RECENT_MS.to
  if (isMonthly(bill.plan) && isRecent && monthsPaid >= 1 && number % 3 === 0)
    return `tok_decline_after_${monthsPaid}_insufficient_funds`
  if (kind === 13) {
    const approvals = drawInteger(`customer ${number} approvals`, { from: 1, to: 5 })
    return `tok_decline_after_${approvals}_expired_card`
  }
  if (kind === 19) return 'tok_visa'
  if (kind === 21) return 'tok_mastercard'
  return `tok_world_${number}`
}

function chargesOf(bill: Bill) {
  const firstAt = addDays(bill.at, trialDaysOf(bill.plan))
  const elapsedMs = Math.max(0, addDays(bill.startsAt, DEMO_DAYS) - firstAt)
  return { monthsPaid: Math.floor(elapsedMs / MONTH_MS), sinceLastMs: elapsedMs % MONTH_MS }
}

function isMonthly(plan: PlanName): boolean {
  return plan === 'starter' || plan === 'growth' || plan === 'team'
}

/** Chance a week, after the first month, that a customer does it. */
const WEEKLY_CHANCES = {
  cancel_now: 0.004,
  cancel_at_period_end: 0.006,
  pause: 0.003,
  more_seats: 0.03,
} as const
const WEEKS_BEFORE_DEEDS = 4
/** Of those whose card fails, so many give another one, about two days after the first decline. */
const NEW_CARD_SHARE = 0.5
const NEW_CARD_DAYS_LATER = 2

function deedsOf(
  signUp: SignUp,
  given: { readonly weeks: readonly Instant[]; readonly week: number },
): { readonly at: Instant; readonly deed: Deed }[] {
  const { number } = signUp
  const deeds: { readonly at: Instant; readonly deed: Deed }[] = []
  for (const [week, at] of given.weeks.entries()) {
    if (week < given.week + WEEKS_BEFORE_DEEDS) continue
    const kind = drawDeed(`customer ${number} week ${week}`, signUp.quantity > 1n)
    if (kind === null) continue
    deeds.push({ at, deed: { number, kind } })
    if (kind === 'cancel_now' || kind === 'cancel_at_period_end') break
  }
  const newCardAt = newCardOf(signUp)
  const endsAt = given.weeks.at(-1)
  if (newCardAt !== null && endsAt !== undefined && newCardAt < endsAt)
    deeds.push({ at: newCardAt, deed: { number, kind: 'new_card' } })
  return deeds
}

function drawDeed(about: string, hasSeats: boolean): Deed['kind'] | null {
  let left = draw(about)
  for (const kind of ['cancel_now', 'cancel_at_period_end', 'pause', 'more_seats'] as const) {
    if (kind === 'more_seats' && !hasSeats) continue
    left -= WEEKLY_CHANCES[kind]
    if (left < 0) return kind
  }
  return null
}

/** For monthly plans: after as many approvals as the card's name allows, counted from the first charge. */
function newCardOf({ number, token, plan, at }: SignUp): Instant | null {
  const approvals = /^tok_decline_after_(\d+)_/.exec(token)?.[1]
  if (approvals === undefined || draw(`customer ${number} new card`) >= NEW_CARD_SHARE) return null
  const days = Math.ceil((Number(approvals) * MONTH_MS) / MS_PER_DAY)
  return addDays(at, trialDaysOf(plan) + days + NEW_CARD_DAYS_LATER)
}
