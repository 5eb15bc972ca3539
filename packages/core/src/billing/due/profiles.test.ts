import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type FollowedProfile,
  type SubscriptionItem,
  type SubscriptionStatus,
  cancelSubscription,
  editSubscription,
  nextRenewalAt,
  occurrencesDone,
  pauseSubscription,
  periodOfCycle,
  resumeSubscription,
  suspendSubscription,
} from '../../subscriptions/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import type { Frequency } from '../../time/index.ts'
import { afterResume, decideReplacement, previewRenewal } from '../index.ts'
import {
  APPROVED,
  DECLINED,
  at,
  item,
  numberedId,
  startRequest,
  textOf,
  usd,
} from '../test-samples.ts'
import { paidShop, Shop } from '../test-shop.ts'

const DAYS_30: Frequency = { kind: 'unit', unit: 'day', count: 30 }
const DAYS_10: Frequency = { kind: 'unit', unit: 'day', count: 10 }
const PROFILE: FollowedProfile = {
  id: numberedId(70),
  frequency: DAYS_30,
  occurrences: null,
  overdueLimit: 0,
  retriesFailed: false,
}

/** Sold at ten on 15 January 2025 for 40.00. */
function soldBy(more: Partial<FollowedProfile> = {}, startAt = '2025-01-15T10:00:00Z'): Shop {
  const profile = { ...PROFILE, ...more }
  return paidShop({ startAt: at(startAt), frequency: profile.frequency, profile })
}

function renew(shop: Shop, answer: GatewayOutcome): string {
  const due = shop.subscription.nextDueAt
  ok(due !== null, 'a renewal is due')
  equal(shop.step(due), 'renew')
  shop.answer(answer, due)
  return standing(shop)
}

/** "status, next date, statuses of the renewals". */
function standing({ subscription, renewals }: Shop): string {
  const [, ...made] = [...renewals.values()].map(({ status }) => status)
  const next = nextRenewalAt(subscription)
  return `${subscription.status} ${next === null ? 'never' : textOf(next).slice(0, 10)} ${made.join(' ')}`
}

function payOldest(shop: Shop, on: string): string {
  const [invoice] = shop.openInvoices()
  ok(invoice !== undefined)
  shop.payByHand(invoice, invoice.totalMinor, at(on))
  return standing(shop)
}

function activate(shop: Shop, on: string): string {
  const decision = resumeSubscription(shop.subscription, at(on))
  if (decision.kind === 'refused') return decision.code
  shop.subscription = afterResume(shop.state(), decision.subscription, at(on))
  return standing(shop)
}

test('so many overdue renewals as the limit says suspend a subscription, until somebody activates it', () => {
  const shop = soldBy({ overdueLimit: 2 }, '2025-01-31T00:00:00Z') // 23 to 26
  equal(renew(shop, DECLINED), 'past_due 2025-04-01 overdue')
  equal(renew(shop, DECLINED), 'paused 2025-05-01 overdue overdue')
  deepEqual(shop.news().slice(-2), ['invoice.payment_failed', 'subscription.paused'])
  equal(shop.subscription.nextDueAt, null)

  equal(activate(shop, '2025-05-20T00:00:00Z'), 'past_due 2025-05-01 overdue overdue')
  equal(shop.step(at('2025-05-20T00:00:00Z')), 'renew') // far past its date: one renewal, of today
  equal(textOf(shop.subscription.period.start).slice(0, 10), '2025-05-20')
  shop.answer(APPROVED, at('2025-05-20T00:00:00Z'))
  equal(standing(shop), 'past_due 2025-06-19 overdue overdue paid')

  const again = soldBy({ overdueLimit: 2 }, '2025-01-31T00:00:00Z')
  renew(again, DECLINED)
  renew(again, DECLINED)
  activate(again, '2025-05-20T00:00:00Z')
  equal(again.step(at('2025-05-20T00:00:00Z')), 'renew')
  again.answer(DECLINED, at('2025-05-20T00:00:00Z'))
  equal(again.subscription.status, 'paused') // three are more than two
})

test('no limit never suspends, and no number of failed tries ends a subscription with a profile', () => {
  const shop = soldBy() // 27
  for (let month = 0; month < 4; month += 1) renew(shop, DECLINED)
  equal(renew(shop, DECLINED), 'past_due 2025-07-14 overdue overdue overdue overdue overdue')
  const retried = soldBy({ retriesFailed: true })
  renew(retried, DECLINED)
  const tries = Array.from({ length: 6 }, () => DECLINED)
  retried.work(at('2025-02-28'), tries)
  equal(standing(retried), 'past_due 2025-03-16 overdue')
  equal(retried.openCases().length, 0)
})

test('paying what is overdue makes it active again and moves no date; a suspended one stays so', () => {
  const shop = soldBy({ overdueLimit: 2 }, '2025-01-31T00:00:00Z')
  renew(shop, DECLINED)
  equal(payOldest(shop, '2025-03-03'), 'active 2025-04-01 paid') // 28
  renew(shop, DECLINED)
  renew(shop, DECLINED)
  equal(payOldest(shop, '2025-05-10'), 'paused 2025-05-31 paid paid overdue')
  equal(payOldest(shop, '2025-05-11'), 'paused 2025-05-31 paid paid paid') // 29
  equal(activate(shop, '2025-05-12'), 'active 2025-05-31 paid paid paid')
})

test('after its last renewal a subscription is over once that is paid, and waits until it is', () => {
  const shop = soldBy({ occurrences: 2 }) // 16
  equal(renew(shop, APPROVED), 'active 2025-03-16 paid')
  equal(renew(shop, APPROVED), 'expired never paid paid')
  deepEqual(shop.news().slice(-2), ['subscription.renewed', 'subscription.updated'])

  const unpaid = soldBy({ occurrences: 1 })
  equal(renew(unpaid, DECLINED), 'past_due never overdue')
  equal(unpaid.subscription.nextDueAt, null)
  equal(unpaid.renewNow(at('2025-03-01')), 'no_renewals_left')
  equal(payOldest(unpaid, '2025-05-01'), 'expired never paid')
  equal(occurrencesDone(unpaid.subscription), 1)
})

test('a subscription whose last renewal is paid while it is suspended ends as soon as it is activated', () => {
  const shop = soldBy({ occurrences: 1, overdueLimit: 1 })
  equal(renew(shop, DECLINED), 'paused never overdue')
  equal(payOldest(shop, '2025-02-20'), 'paused never paid')
  equal(activate(shop, '2025-02-21'), 'active never paid')
  equal(shop.subscription.nextDueAt, at('2025-02-21'))
  equal(shop.step(at('2025-02-21')), 'expire')
  equal(standing(shop), 'expired never paid')
  equal(shop.news().at(-1), 'subscription.updated')
})

test('one whose last renewal is still being paid waits for the money', () => {
  const shop = soldBy({ occurrences: 1 })
  const due = shop.subscription.nextDueAt
  ok(due !== null)
  equal(shop.step(due), 'renew')
  shop.command(suspendSubscription(shop.subscription, due))
  equal(activate(shop, '2025-02-15'), 'active never processing')
  ok(shop.subscription.nextDueAt !== null && shop.subscription.nextDueAt > at('2025-02-15'))
  shop.answer(APPROVED, at('2025-02-16'))
  equal(standing(shop), 'expired never paid')
})

const MOVES: readonly (readonly [SubscriptionStatus, suspended: string, activated: string])[] = [
  ['active', 'paused', 'active'],
  ['paused', 'subscription_state_invalid', 'active'],
  ['canceled', 'subscription_ended', 'subscription_ended'],
]

test('a suspension stops all renewals and leaves the date; it is refused where there is nothing to stop', () => {
  const shop = soldBy() // 33
  const suspended = suspendSubscription(shop.subscription, at('2025-02-01'))
  ok(suspended.kind === 'accepted')
  equal(suspended.subscription.nextDueAt, null)
  const resumed = resumeSubscription(suspended.subscription, at('2025-02-10'))
  ok(resumed.kind === 'accepted')
  equal(textOf(resumed.subscription.nextDueAt), '2025-02-14T10:00:00.000Z')

  for (const [status, expected, activated] of MOVES) {
    const before = { ...shop.subscription, status } // 34, 35
    const found = suspendSubscription(before, at('2025-02-01'))
    equal(found.kind === 'refused' ? found.code : found.subscription.status, expected, status)
    const from = status === 'active' ? suspended.subscription : before
    const after = resumeSubscription(from, at('2025-02-01'))
    equal(after.kind === 'refused' ? after.code : after.subscription.status, activated, status)
  }
  const active = resumeSubscription(shop.subscription, at('2025-02-01'))
  deepEqual(active, {
    kind: 'refused',
    code: 'subscription_state_invalid',
    needs: ['paused'],
  })
})

test('a trial that is suspended is a trial again when it is activated, and ends on its day', () => {
  const trialEnd = at('2025-02-15T00:00:00Z')
  const request = { startAt: at('2025-02-01T00:00:00Z'), trialEnd, profile: PROFILE }
  const shop = paidShop({ startAt: request.startAt, profile: PROFILE })
  const inTrial = {
    ...shop.subscription,
    status: 'trialing' as const,
    trialEnd,
    period: { start: request.startAt, end: trialEnd },
    cycle: -1,
  }
  const suspended = suspendSubscription(inTrial, at('2025-02-05'))
  ok(suspended.kind === 'accepted')
  const resumed = resumeSubscription(suspended.subscription, at('2025-03-05'))
  ok(resumed.kind === 'accepted')
  deepEqual([resumed.subscription.status, resumed.subscription.period.end], ['trialing', trialEnd])
})

test('without a profile a suspended subscription catches up with one bill and keeps its day', () => {
  const shop = paidShop({ startAt: at('2025-01-31') })
  ok(shop.command(suspendSubscription(shop.subscription, at('2025-02-10'))))
  ok(shop.command(resumeSubscription(shop.subscription, at('2025-06-10'))))
  deepEqual(shop.work(at('2025-06-10T12:00:00Z'), [APPROVED]), ['2025-05-31 renew paid'])
  equal(textOf(shop.subscription.period.start), '2025-05-31')
  equal(textOf(shop.subscription.nextDueAt), '2025-06-30')
})

test('without a profile a trial that ran out while it was suspended ends, and is billed once, when it is activated', () => {
  const request = { startAt: at('2025-06-01'), trialEnd: at('2025-06-15') }
  const shop = new Shop({ request })
  ok(shop.command(suspendSubscription(shop.subscription, at('2025-06-10'))))
  ok(shop.command(resumeSubscription(shop.subscription, at('2025-09-20'))))
  deepEqual(shop.work(at('2025-09-21'), [APPROVED]), ['2025-09-20 end_trial paid'])
  equal(textOf(shop.subscription.nextDueAt), '2025-10-20')
})

test('another frequency counts from the next renewal on; the date that is set stays', () => {
  const shop = soldBy() // 21
  const profile = { ...PROFILE, frequency: DAYS_10 }
  const edited = editSubscription(shop.state(), { profile }, at('2025-02-01'))
  ok(shop.command(edited))
  equal(textOf(shop.subscription.nextDueAt), '2025-02-14T10:00:00.000Z')
  equal(renew(shop, APPROVED), 'active 2025-02-24 paid')
  equal(occurrencesDone(shop.subscription), 1)
})

test('before a start that lies ahead a preview tells the renewal after the first bill', () => {
  const now = at('2027-01-01') // it begins on the 31st
  const renewalOf = (items: SubscriptionItem[]) =>
    previewRenewal(new Shop({ now, items }).state(), now, toolsOf())?.totalMinor
  equal(renewalOf([item()]), 49_00n)
  equal(renewalOf([item({ cycleCount: 1 })]), 0n)
})

test('a date may be set into the past with a profile: it renews at once', () => {
  const shop = soldBy() // 9.1, and 36
  const edit = { nextBillingAt: at('2025-02-20T08:00:00Z'), amountMinor: 35_50n }
  const edited = editSubscription(shop.state(), edit, at('2025-02-01'))
  ok(edited.kind === 'accepted' && shop.command(edited))
  const state = { ...shop.state(), items: edited.items }
  equal(previewRenewal(state, at('2025-02-01'), toolsOf())?.totalMinor, 35_50n)
  equal(renew(shop, APPROVED), 'active 2025-03-22 paid')
  ok(
    shop.command(
      editSubscription(shop.state(), { nextBillingAt: at('2025-01-01') }, at('2025-02-25')),
    ),
  )
  equal(shop.step(at('2025-02-25')), 'renew')
  equal(textOf(shop.subscription.period.start), '2025-02-25')

  const anchored = paidShop({ startAt: at('2025-01-31') })
  const past = { nextBillingAt: at('2025-02-01') }
  const refused = editSubscription(anchored.state(), past, at('2025-02-10'))
  deepEqual(refused, { kind: 'refused', code: 'next_billing_in_past' })
})

function toolsOf() {
  return { nextId: () => numberedId(900), nextToken: () => 'token' }
}

test('a replacement goes on at the date that is set, counts from nothing and owes nothing', () => {
  const shop = soldBy({ occurrences: 5 }) // 38 to 42
  renew(shop, DECLINED)
  const monthly: FollowedProfile = {
    ...PROFILE,
    id: numberedId(71),
    frequency: { kind: 'unit', unit: 'month', count: 1 },
  }
  const id = numberedId(80)
  const replacement = {
    id,
    productId: numberedId(81),
    priceId: null,
    currency: usd(),
    quantity: 2n,
    amountMinor: 50_00n,
    items: [item({ subscriptionId: id, quantity: 2n })],
    frequency: monthly.frequency,
    profile: monthly,
    extras: null,
  }
  const decision = decideReplacement(shop.state(), replacement, at('2025-03-01'))
  ok(decision.kind === 'accepted')
  const { ended, started, changes } = decision
  deepEqual(
    [ended.status, ended.cancelReason, ended.replacedById, started.replacesId],
    ['canceled', 'replaced', id, ended.id],
  )
  deepEqual(
    [started.status, started.amountMinor, textOf(started.nextDueAt), occurrencesDone(started)],
    ['active', 50_00n, '2025-03-16T10:00:00.000Z', 0],
  )
  deepEqual([changes.newInvoices.length, changes.newAttempts.length], [0, 0])
  const next = new Set(changes.facts.map(({ type }) => type))
  deepEqual([...next], ['subscription.created', 'subscription.canceled'])
  const again = decideReplacement(
    { ...shop.state(), subscription: ended },
    replacement,
    ended.updatedAt,
  )
  deepEqual(again, { kind: 'refused', code: 'subscription_ended' })
  const charged = { status: 'trialing', trialEnd: shop.subscription.period.start } as const
  const subscription = { ...shop.subscription, ...charged }
  const early = decideReplacement({ ...shop.state(), subscription }, replacement, at('2025-03-01'))
  deepEqual(early, { kind: 'refused', code: 'subscription_state_invalid' })
})

test('a replacement within a stub for free renews on the billing day, and from there on', () => {
  const startAt = at('2025-01-15')
  const shop = new Shop({
    request: { startAt, billingDay: { kind: 'day_of_month', day: 10 }, firstCharge: 'next_anchor' },
  })
  const { subscription } = shop
  const id = numberedId(80)
  const decision = decideReplacement(
    shop.state(),
    {
      id,
      productId: numberedId(81),
      priceId: null,
      currency: usd(),
      quantity: 1n,
      amountMinor: 50_00n,
      items: [item({ subscriptionId: id })],
      frequency: subscription.schedule.frequency,
      profile: null,
      extras: null,
    },
    at('2025-01-20'),
  )
  ok(decision.kind === 'accepted')
  const { started } = decision
  const next = periodOfCycle(started.schedule, started.cycle + 1, started.period.end)
  deepEqual([textOf(started.period.end), textOf(next.start), textOf(next.end)], ['2025-02-10', '2025-02-10', '2025-03-10']) // prettier-ignore
})

test('the commands of any subscription keep to a profile too', () => {
  const shop = soldBy()
  const paused = pauseSubscription(
    shop.subscription,
    { behavior: 'void', resumesAt: null },
    at('2025-02-01'),
  )
  ok(paused.kind === 'accepted')
  shop.command(paused)
  deepEqual(shop.work(at('2025-02-20')), ['2025-02-14T10:00:00.000Z set_aside'])
  equal(textOf(shop.subscription.period.end), '2025-03-16T10:00:00.000Z')
  const gone = cancelSubscription(
    shop.subscription,
    { mode: 'immediately', reason: null },
    at('2025-03-01'),
  )
  ok(gone.kind === 'accepted')
  equal(nextRenewalAt(gone.subscription), null)
  equal(startRequest().profile, undefined)
})
