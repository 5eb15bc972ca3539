import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { balances } from '../../ledger/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import { closeCase } from '../../recovery/index.ts'
import {
  type PauseBehavior,
  cancelSubscription,
  editSubscription,
  isEnded,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
} from '../../subscriptions/index.ts'
import {
  type Instant,
  MS_PER_DAY,
  addDays,
  hasBillingDays,
  maxInstant,
  parseTimeZone,
} from '../../time/index.ts'
import {
  APPROVED,
  CHALLENGE,
  DECLINED,
  PENDING,
  POLICY,
  ROUTE,
  SILENCE,
  at,
  item,
  startRequest,
} from '../test-samples.ts'
import { afterResume } from '../index.ts'
import { Shop } from '../test-shop.ts'

/** One thing that happens to a subscription. `late`: the workers were down that long. */
type Happening =
  | { readonly kind: 'pass'; readonly days: number; readonly answers: readonly GatewayOutcome[] }
  | { readonly kind: 'late'; readonly days: number }
  | { readonly kind: 'answer'; readonly outcome: GatewayOutcome }
  | { readonly kind: 'pay'; readonly percent: number }
  | { readonly kind: 'return'; readonly nth: number }
  | { readonly kind: 'methods'; readonly hasMethod: boolean }
  | { readonly kind: 'cancel'; readonly mode: 'immediately' | 'period_end' }
  | { readonly kind: 'reactivate' }
  | { readonly kind: 'pause'; readonly behavior: PauseBehavior; readonly days: number | null }
  | { readonly kind: 'resume' }
  | { readonly kind: 'move'; readonly days: number }
  | { readonly kind: 'billing_day'; readonly day: number }

const outcomes = fc.constantFrom(
  APPROVED,
  APPROVED,
  DECLINED,
  DECLINED,
  PENDING,
  SILENCE,
  CHALLENGE,
)
const pass: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constant('pass' as const),
  days: fc.integer({ min: 1, max: 45 }),
  answers: fc.array(outcomes, { maxLength: 6 }),
})
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: pass },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('late' as const),
      days: fc.integer({ min: 1, max: 100 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), outcome: outcomes }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pay' as const), percent: fc.constantFrom(40, 100) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('return' as const), nth: fc.nat({ max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('methods' as const), hasMethod: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      mode: fc.constantFrom('immediately' as const, 'period_end' as const, 'period_end' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reactivate' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pause' as const),
      behavior: fc.constantFrom<PauseBehavior>('keep_as_draft', 'mark_uncollectible', 'void'),
      days: fc.option(fc.integer({ min: 1, max: 80 })),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'resume' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      days: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('billing_day' as const),
      day: fc.integer({ min: 1, max: 31 }),
    }),
  },
)

const NOW = at('2027-01-31')
const NEW_YORK = parseTimeZone('America/New_York') ?? startRequest().zone
const HALF = item({
  position: 1,
  component: 'discount_percentage',
  terms: { ...item().terms, scheme: { kind: 'percentage', rateBps: 5050 } },
  cycleCount: 2,
})
const FREE = item({ terms: { ...item().terms, scheme: { kind: 'flat', amountMinor: 0n } } })
const inDays = (days: number | null) => (days === null ? null : addDays(NOW, days))

const starts = fc.record({
  unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const),
  count: fc.integer({ min: 1, max: 3 }),
  isInNewYork: fc.boolean(),
  billingDay: fc.oneof(
    fc.constant({ kind: 'same_day' as const }),
    fc.constant({ kind: 'last_day' as const }),
    fc.record({ kind: fc.constant('day_of_month' as const), day: fc.integer({ min: 1, max: 31 }) }),
  ),
  firstCharge: fc.constantFrom('immediate' as const, 'next_anchor' as const, 'prorate' as const),
  startsIn: fc.constantFrom(0, 0, 0, 10),
  trialDays: fc.constantFrom(null, null, 2, 20),
  cyclesMax: fc.constantFrom(null, null, 1, 4),
  endsIn: fc.constantFrom(null, null, 40, 200),
  isSent: fc.constantFrom(false, false, false, true),
  cancelAtPeriodEnd: fc.constantFrom(false, false, false, true),
  pauseAtPeriodEnd: fc.constantFrom(false, false, false, true),
  items: fc.constantFrom([item()], [item(), HALF], [FREE]),
  dateRule: fc.constantFrom('anchored' as const, 'anchored' as const, 'from_renewal' as const),
  retryDays: fc.constantFrom([1, 3, 7], [1, 3, 7], [5], [10, 40]),
  onExhausted: fc.constantFrom('unpaid' as const, 'canceled' as const),
})
type Start = typeof starts extends fc.Arbitrary<infer T> ? T : never

const SAME_DAY = { kind: 'same_day' } as const

function openShop(start: Start): Shop {
  const startAt = addDays(NOW, start.startsIn)
  const { unit, count, firstCharge, cyclesMax, items } = start
  const frequency = { kind: 'unit', unit, count } as const
  const billingDay = hasBillingDays(frequency) ? start.billingDay : SAME_DAY
  const { cancelAtPeriodEnd, pauseAtPeriodEnd, retryDays, onExhausted } = start
  const shop = new Shop({
    now: NOW,
    items,
    policy: { ...POLICY, retryDays, onExhausted },
    request: {
      startAt,
      frequency,
      zone: start.isInNewYork ? NEW_YORK : startRequest().zone,
      trialEnd: start.trialDays === null ? null : addDays(startAt, start.trialDays),
      endsAt: inDays(start.endsIn),
      collectionMethod: start.isSent ? 'send_invoice' : 'charge_automatically',
      billingDay,
      firstCharge,
      cyclesMax,
      cancelAtPeriodEnd,
      pauseAtPeriodEnd,
    },
  })
  const schedule = { ...shop.subscription.schedule, dateRule: start.dateRule }
  shop.subscription = { ...shop.subscription, schedule }
  return shop
}

/** Besides one for every period that was missed, which may be all since the start: a first charge may be long unanswered. */
const MORE_STEPS_MAX = 20

function workLate(shop: Shop, now: Instant): void {
  const stepsMax = (now - NOW) / MS_PER_DAY + MORE_STEPS_MAX
  let steps = 0
  while (shop.step(now) !== 'none') {
    steps += 1
    ok(steps <= stepsMax, 'late work comes to an end')
  }
  for (const open of shop.openCases()) {
    const isDue = open.nextAttemptAt !== null && open.nextAttemptAt <= now
    if (isDue) shop.retry(open, now)
  }
}

/** As the command does it: what came back during the pause is collected from now on. */
function resumed(shop: Shop, now: Instant): ReturnType<typeof resumeSubscription> {
  const decision = resumeSubscription(shop.subscription, now)
  if (decision.kind === 'refused') return decision
  return { ...decision, subscription: afterResume(shop.state(), decision.subscription, now) }
}

/** What happens at `now`; the time it is afterwards. */
function happen(shop: Shop, happening: Happening, now: Instant): Instant {
  const { subscription } = shop
  switch (happening.kind) {
    case 'pass':
      shop.work(addDays(now, happening.days), happening.answers)
      return addDays(now, happening.days)
    case 'late':
      workLate(shop, addDays(now, happening.days))
      return addDays(now, happening.days)
    case 'answer':
      if (shop.liveAttempts().length > 0) shop.answer(happening.outcome, now)
      return now
    case 'pay': {
      const owed = [...shop.invoices.values()].find(({ id, status, totalMinor, paidMinor }) => {
        const isCharged = shop.liveAttempts().some((attempt) => attempt.invoiceId === id)
        const isPayable = !['draft', 'void', 'paid'].includes(status)
        return isPayable && !isCharged && totalMinor > paidMinor
      })
      if (owed === undefined) return now
      const leftMinor = owed.totalMinor - owed.paidMinor
      const partMinor = (leftMinor * BigInt(happening.percent)) / 100n
      shop.payByHand(owed, partMinor === 0n ? leftMinor : partMinor, now)
      return now
    }
    case 'return': {
      const sale = shop.heldSales().at(-1 - happening.nth)
      if (sale !== undefined) shop.returnSale(sale, now)
      return now
    }
    case 'methods':
      shop.routes = happening.hasMethod ? [ROUTE] : []
      return now
    case 'cancel':
      shop.command(cancelSubscription(subscription, { mode: happening.mode, reason: null }, now))
      if (isEnded(shop.subscription.status)) {
        for (const open of shop.openCases())
          shop.cases.set(open.id, closeCase(open, 'canceled', now))
      }
      return now
    case 'reactivate':
      shop.command(reactivateSubscription(subscription, now))
      return now
    case 'pause': {
      const { behavior, days } = happening
      const resumesAt = days === null ? null : addDays(now, days)
      shop.command(pauseSubscription(subscription, { behavior, resumesAt }, now))
      return now
    }
    case 'resume':
      shop.command(resumed(shop, now))
      return now
    case 'move': {
      // Only ever later: moving a date back takes time that was paid for, so periods may overlap.
      const nextBillingAt = addDays(maxInstant(now, subscription.period.end), happening.days)
      shop.command(editSubscription(shop, { nextBillingAt }, now))
      return now
    }
    case 'billing_day':
      shop.command(editSubscription(shop, { billingAnchorDay: happening.day }, now))
      return now
  }
}

function checkPeriods(shop: Shop): void {
  const renewals = [...shop.renewals.values()].toSorted((a, b) => a.period.start - b.period.start)
  renewals.forEach(({ period, cycle }, index) => {
    const before = renewals[index - 1]
    if (before === undefined) return
    ok(before.period.end <= period.start, 'periods do not overlap')
    ok(before.cycle < cycle, 'a cycle is billed once')
  })
  const { cyclesBilled, cyclesMax, period } = shop.subscription
  // A first bill that is voided with its start, or because all has ended, was billed all the same; one set aside never was.
  const billed = renewals.filter(
    ({ status, kind }) => status !== 'void' || kind === 'initial' || kind === 'trial_end',
  )
  equal(cyclesBilled, billed.length)
  ok(cyclesMax === null || cyclesBilled <= cyclesMax)
  const last = renewals.at(-1)
  ok(last === undefined || last.period.start <= period.start)
}

function checkMoney(shop: Shop): void {
  for (const invoice of shop.invoices.values()) {
    const { id, status, subtotalMinor, discountMinor, totalMinor, paidMinor } = invoice
    const lines = shop.lines.filter((line) => line.invoiceId === id)
    equal(
      lines.reduce((sum, line) => sum + line.amountMinor, 0n),
      totalMinor,
    )
    equal(subtotalMinor - discountMinor, totalMinor)
    const isOwed = !['draft', 'void', 'uncollectible'].includes(status)
    equal(shop.receivableMinor(id), isOwed ? totalMinor - paidMinor : 0n, status)
    equal(
      status === 'paid',
      totalMinor === paidMinor &&
        status !== 'draft' &&
        status !== 'void' &&
        status !== 'uncollectible',
    )
  }
  const netOf = new Map(balances(shop.transfers).map((each) => [each.account, each.netMinor]))
  const takenMinor = shop.heldSales().reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const paidMinor = [...shop.invoices.values()].reduce((sum, each) => sum + each.paidMinor, 0n)
  equal((netOf.get('gateway_clearing') ?? 0n) + (netOf.get('bank') ?? 0n), takenMinor)
  equal(paidMinor, takenMinor)
  equal(
    [...netOf.values()].reduce((sum, net) => sum + net, 0n),
    0n,
  )
}

function checkState(shop: Shop): void {
  const { status, nextDueAt } = shop.subscription
  // A charge that comes back during a pause has a case that waits for the resume.
  const mayHaveCases = status === 'past_due' || status === 'paused'
  if (shop.openCases().length > 0) ok(mayHaveCases, `cases while ${status}`)
  else ok(status !== 'past_due', 'past due for a reason')
  if (isEnded(status)) equal(nextDueAt, null)
  for (const open of shop.openCases()) {
    const isCharged = shop.liveAttempts().some((attempt) => attempt.invoiceId === open.invoiceId)
    ok(open.nextAttemptAt !== null || isCharged, 'an open case waits for a day or an answer')
  }
}

test('whatever happens to a subscription, its periods, its money and its case add up', () => {
  fc.assert(
    fc.property(starts, fc.array(happenings, { maxLength: 25 }), (start, story) => {
      const shop = openShop(start)
      let now = NOW
      for (const happening of story) {
        now = happen(shop, happening, now)
        checkPeriods(shop)
        checkMoney(shop)
        checkState(shop)
      }
    }),
    { numRuns: 150 },
  )
})

test('with every charge approved and nothing else, a year is billed period after period', () => {
  fc.assert(
    fc.property(starts, (start) => {
      const plain = { ...start, pauseAtPeriodEnd: false, dateRule: 'anchored' as const }
      const shop = openShop(plain)
      const year = addDays(NOW, 365)
      if (shop.liveAttempts().length > 0) shop.answer(APPROVED, NOW)
      shop.work(
        year,
        Array.from({ length: 400 }, () => APPROVED),
      )
      checkPeriods(shop)
      checkMoney(shop)
      const renewals = [...shop.renewals.values()]
      renewals.slice(1).forEach(({ period }, index) => {
        equal(renewals[index]?.period.end, period.start) // no gap
      })
      deepEqual([shop.openCases(), shop.liveAttempts()], [[], []])
      ok(['active', 'canceled', 'expired'].includes(shop.subscription.status))
    }),
    { numRuns: 20 },
  )
})
