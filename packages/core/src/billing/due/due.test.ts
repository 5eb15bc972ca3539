import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { PriceTerms } from '../../catalog/index.ts'
import {
  type PauseBehavior,
  type StartRequest,
  cancelSubscription,
  pauseSubscription,
} from '../../subscriptions/index.ts'
import { dueStep, previewRenewal } from '../index.ts'
import { APPROVED, DECLINED, at, item, numberedId, textOf } from '../test-samples.ts'
import { Shop, paidShop, renewals } from '../test-shop.ts'

const BILLED = ['invoice.created', 'invoice.finalized']
const SETTLED = [...BILLED, 'invoice.paid']
const WEEKLY = { kind: 'unit', unit: 'week', count: 1 } as const
const DAILY = { kind: 'unit', unit: 'day', count: 1 } as const
const FREE = item({ terms: { ...item().terms, scheme: { kind: 'flat', amountMinor: 0n } } })

/** Started on 31 January 2027. What is due, and what the step makes of it. */
const STEPS: readonly (readonly [
  title: string,
  open: () => Shop,
  due: string,
  step: string,
  after: string,
  period: string,
  next: string,
  news: string[],
])[] = [
  [
    'a future start bills and waits for its money',
    () => new Shop({ now: at('2027-01-01') }),
    '2027-01-31',
    'begin',
    'pending',
    '2027-01-31 2027-02-28',
    '2027-02-01T08:00:00.000Z',
    BILLED,
  ],
  [
    'a future start that owes nothing is active at once',
    () => new Shop({ now: at('2027-01-01'), items: [FREE] }),
    '2027-01-31',
    'begin',
    'active',
    '2027-01-31 2027-02-28',
    '2027-02-28',
    [...SETTLED, 'subscription.activated'],
  ],
  [
    'a future start with its time up to the billing day for free is active without a bill',
    () =>
      new Shop({
        now: at('2027-01-01'),
        request: { billingDay: { kind: 'day_of_month', day: 10 }, firstCharge: 'next_anchor' },
      }),
    '2027-01-31',
    'begin',
    'active',
    '2027-01-31 2027-02-10',
    '2027-02-10',
    ['subscription.activated'],
  ],
  [
    'a first payment that stays out for 23 hours ends the start',
    () => new Shop({ routes: [] }),
    '2027-02-01T08:00:00.000Z',
    'expire_first_payment',
    'incomplete_expired',
    '2027-01-31 2027-02-28',
    'never',
    ['invoice.voided', 'subscription.updated'],
  ],
  [
    'the end of a trial is announced three days ahead',
    () => new Shop({ request: { trialEnd: at('2027-02-14') } }),
    '2027-02-11',
    'notice_trial_end',
    'trialing',
    '2027-01-31 2027-02-14',
    '2027-02-14',
    ['subscription.trial_ending'],
  ],
  [
    'a trial that ends bills, and stays one until its money is there',
    () => new Shop({ request: { trialEnd: at('2027-02-02') } }),
    '2027-02-02',
    'end_trial',
    'trialing',
    '2027-02-02 2027-03-02',
    'never',
    BILLED,
  ],
  [
    'a trial that ends with an invoice to send is active at once',
    () => new Shop({ request: { trialEnd: at('2027-02-02'), collectionMethod: 'send_invoice' } }),
    '2027-02-02',
    'end_trial',
    'active',
    '2027-02-02 2027-03-02',
    '2027-03-02',
    [...BILLED, 'invoice.sent', 'subscription.trial_ended', 'subscription.activated'],
  ],
  [
    'a trial that ends without a way to charge is past due, with a case open',
    () => new Shop({ request: { trialEnd: at('2027-02-02') }, routes: [] }),
    '2027-02-02',
    'end_trial',
    'past_due',
    '2027-02-02 2027-03-02',
    '2027-03-02',
    [...BILLED, 'invoice.payment_failed', 'subscription.trial_ended', 'subscription.past_due'],
  ],
  [
    'a trial that is set to cancel ends without a bill',
    () => new Shop({ request: { trialEnd: at('2027-02-02'), cancelAtPeriodEnd: true } }),
    '2027-02-02',
    'cancel',
    'canceled',
    '2027-01-31 2027-02-02',
    'never',
    ['subscription.updated'],
  ],
  [
    'a renewal bills the next period',
    paidShop,
    '2027-02-28',
    'renew',
    'active',
    '2027-02-28 2027-03-31',
    '2027-03-31',
    BILLED,
  ],
  [
    'a renewal that costs nothing is renewed at once',
    () => new Shop({ items: [FREE] }),
    '2027-02-28',
    'renew',
    'active',
    '2027-02-28 2027-03-31',
    '2027-03-31',
    [...SETTLED, 'subscription.renewed'],
  ],
  [
    'a renewal that is sent waits for the customer',
    () => new Shop({ request: { collectionMethod: 'send_invoice' } }),
    '2027-02-28',
    'renew',
    'active',
    '2027-02-28 2027-03-31',
    '2027-03-31',
    [...BILLED, 'invoice.sent'],
  ],
  [
    'a period end that was set to cancel cancels and bills nothing',
    () => paidShop({ cancelAtPeriodEnd: true }),
    '2027-02-28',
    'cancel',
    'canceled',
    '2027-01-31 2027-02-28',
    'never',
    ['subscription.updated'],
  ],
  [
    'a period end that was set to pause pauses, and its next bill falls due at once',
    () => paidShop({ pauseAtPeriodEnd: true }),
    '2027-02-28',
    'pause',
    'paused',
    '2027-01-31 2027-02-28',
    '2027-02-28',
    ['subscription.paused'],
  ],
  [
    'a term that ends within a period ends it there',
    () => paidShop({ endsAt: at('2027-02-14') }),
    '2027-02-14',
    'expire',
    'expired',
    '2027-01-31 2027-02-28',
    'never',
    ['subscription.updated'],
  ],
  [
    'a term that ends with a period goes before its renewal',
    () => paidShop({ endsAt: at('2027-02-28') }),
    '2027-02-28',
    'expire',
    'expired',
    '2027-01-31 2027-02-28',
    'never',
    ['subscription.updated'],
  ],
  [
    'a term of one payment runs out its period and no longer',
    () => paidShop({ cyclesMax: 1 }),
    '2027-02-28',
    'expire',
    'expired',
    '2027-01-31 2027-02-28',
    'never',
    ['subscription.updated'],
  ],
]

test('each step happens at its instant and not a moment before', () => {
  for (const [title, open, due, step, after, period, next, news] of STEPS) {
    const shop = open()
    shop.news()
    equal(textOf(shop.subscription.nextDueAt), due, title)
    const dueAt = at(due)
    equal(dueStep(shop.subscription, at(`${due.slice(0, 10)}T07:59:59.999Z`)), 'none', title)
    equal(shop.step(dueAt), step, title)
    const { status, nextDueAt } = shop.subscription
    const { start, end } = shop.subscription.period
    deepEqual(
      [status, `${textOf(start)} ${textOf(end)}`, textOf(nextDueAt)],
      [after, period, next],
      title,
    )
    deepEqual(shop.news(), news, title)
  }
})

test('a subscription with nothing due is left as it is', () => {
  const shop = paidShop()
  const before = shop.subscription
  equal(shop.step(at('2027-02-27')), 'none')
  equal(shop.subscription, before)
  deepEqual(shop.news(), [])
})

test('a first bill says so, whether the start was now or later', () => {
  const later = new Shop({ now: at('2027-01-01') })
  later.work(at('2027-01-31'))
  const trial = new Shop({ request: { trialEnd: at('2027-02-02') } })
  trial.work(at('2027-02-02'))
  const kindsOf = (shop: Shop) => [
    ...[...shop.invoices.values()].map((invoice) => invoice.billingReason),
    ...[...shop.renewals.values()].map((renewal) => renewal.kind),
  ]
  deepEqual(kindsOf(new Shop()), ['subscription_create', 'initial'])
  deepEqual(kindsOf(later), ['subscription_create', 'initial'])
  deepEqual(kindsOf(trial), ['subscription_cycle', 'trial_end'])
})

test('a fixed number of payments is billed, and not one more', () => {
  const shop = paidShop({ cyclesMax: 3 })
  deepEqual(renewals(shop, 2), ['2027-02-28', '2027-03-31'])
  deepEqual(shop.work(at('2028-01-01')), ['2027-04-30 expire'])
  deepEqual([shop.subscription.status, shop.renewals.size], ['expired', 3])
})

/** Paused on 10 February until 10 April 2027: two period ends pass by. */
const PAUSES: readonly (readonly [
  PauseBehavior,
  invoice: string,
  news: string[],
  receivable: bigint,
])[] = [
  ['keep_as_draft', 'draft', ['invoice.created'], 0n],
  ['void', 'void', ['invoice.created', 'invoice.voided'], 0n],
  [
    'mark_uncollectible',
    'uncollectible',
    ['invoice.created', 'invoice.finalized', 'invoice.marked_uncollectible'],
    0n,
  ],
]

test('bills of paused periods are set aside as the pause asks, and never charged', () => {
  for (const [behavior, status, news, receivable] of PAUSES) {
    const shop = paidShop()
    const request = { behavior, resumesAt: at('2027-04-10') }
    shop.command(pauseSubscription(shop.subscription, request, at('2027-02-10')))
    deepEqual(shop.work(at('2027-04-09')), ['2027-02-28 set_aside', '2027-03-31 set_aside'])
    deepEqual(shop.news(), [...news, ...news], behavior)
    const [, ...aside] = [...shop.invoices.values()]
    deepEqual(
      aside.map((invoice) => [invoice.status, shop.receivableMinor(invoice.id)]),
      [
        [status, receivable],
        [status, receivable],
      ],
    )
    equal(shop.liveAttempts().length, 0)

    deepEqual(shop.work(at('2027-04-30')), ['2027-04-10 resume', '2027-04-30 renew'])
    deepEqual(shop.news(), ['subscription.resumed', ...BILLED])
    equal(shop.subscription.cyclesBilled, 2) // set aside is not billed
  }
})

test('a pause that ends with the period has the next one billed', () => {
  const shop = paidShop()
  const request = { behavior: 'void', resumesAt: at('2027-02-28') } as const
  shop.command(pauseSubscription(shop.subscription, request, at('2027-02-10')))
  deepEqual(shop.work(at('2027-02-28')), ['2027-02-28 resume', '2027-02-28 renew'])
})

test('a pause at period end lasts until someone resumes it, or its end comes', () => {
  const shop = paidShop({ pauseAtPeriodEnd: true, endsAt: at('2027-04-15') })
  deepEqual(shop.work(at('2028-01-01')), [
    '2027-02-28 pause',
    '2027-02-28 set_aside',
    '2027-03-31 set_aside',
    '2027-04-15 expire',
  ])
})

test('a pause does not outlive a fixed number of payments', () => {
  const shop = paidShop({ cyclesMax: 2 })
  deepEqual(renewals(shop, 1), ['2027-02-28'])
  const request = { behavior: 'mark_uncollectible', resumesAt: null } as const
  shop.command(pauseSubscription(shop.subscription, request, at('2027-03-10')))
  deepEqual(shop.work(at('2028-01-01')), ['2027-03-31 expire'])
  equal(shop.invoices.size, 2)
})

test('a paused subscription that is set to cancel ends with its period', () => {
  const shop = paidShop({ cancelAtPeriodEnd: true })
  const request = { behavior: 'void', resumesAt: null } as const
  shop.command(pauseSubscription(shop.subscription, request, at('2027-02-10')))
  deepEqual(shop.work(at('2028-01-01')), ['2027-02-28 cancel'])
})

test('work that is months late is done in the order in which it fell due', () => {
  const late = at('2027-06-15')
  const lateSteps = (shop: Shop): string[] => {
    const steps: string[] = []
    for (let step = shop.step(late); step !== 'none'; step = shop.step(late)) steps.push(step)
    return steps
  }
  // Renewed on 28 February, 31 March and 30 April; then the term is over.
  const term = paidShop({ endsAt: at('2027-05-10') })
  deepEqual(lateSteps(term), ['renew', 'renew', 'renew', 'expire'])

  const pause = paidShop()
  const request = { behavior: 'void', resumesAt: at('2027-04-10') } as const
  pause.command(pauseSubscription(pause.subscription, request, at('2027-02-10')))
  deepEqual(lateSteps(pause), ['set_aside', 'set_aside', 'resume', 'renew', 'renew'])

  // The notice would come after the fact.
  const trial = new Shop({ request: { trialEnd: at('2027-02-14') } })
  deepEqual(lateSteps(trial), ['end_trial'])
})

test('a start that is billed two days late still waits 23 hours for its money', () => {
  const shop = new Shop({ now: at('2027-01-01') })
  const late = at('2027-02-02')
  equal(shop.step(late), 'begin')
  equal(textOf(shop.subscription.nextDueAt), '2027-02-03T08:00:00.000Z')
  shop.answer(DECLINED, late)
  equal(shop.subscription.status, 'incomplete')
  deepEqual(shop.work(at('2027-03-01')), ['2027-02-03T08:00:00.000Z expire_first_payment'])
})

test('a start whose first charge is in flight is not given up before its answer', () => {
  const shop = new Shop()
  deepEqual(shop.work(at('2027-02-01T09:59:59Z')), [
    '2027-02-01T08:00:00.000Z expire_first_payment',
    '2027-02-01T09:55:00.000Z expire_first_payment',
  ])
  equal(shop.subscription.status, 'pending')
  shop.answer(APPROVED, at('2027-02-01T09:59:59Z'))
  deepEqual([shop.subscription.status, shop.work(at('2027-02-27'))], ['active', []])
})

test('a start that is given up owes nothing', () => {
  const shop = new Shop({ routes: [] })
  shop.work(at('2027-02-01'))
  const [invoice] = shop.invoices.values()
  equal(invoice?.status, 'void')
  equal(shop.transfers.length, 2)
  equal(shop.receivableMinor(shop.subscription.latestInvoiceId ?? shop.subscription.id), 0n)
})

test('a trial whose first charge has no answer for months is not ended twice', () => {
  const shop = new Shop({ request: { trialEnd: at('2027-02-02') } })
  deepEqual(shop.work(at('2027-06-15')), ['2027-02-02 end_trial'])
  shop.answer(APPROVED, at('2027-06-15'))
  equal(shop.subscription.status, 'active')
  equal(textOf(shop.subscription.nextDueAt), '2027-03-02')
})

test('renewals without a way to charge open a case each, and fall past due once', () => {
  const shop = paidShop()
  shop.routes = []
  shop.step(at('2027-02-28'))
  deepEqual(shop.news(), [...BILLED, 'invoice.payment_failed', 'subscription.past_due'])
  shop.step(at('2027-03-31'))
  deepEqual(shop.news(), [...BILLED, 'invoice.payment_failed'])
  equal(shop.openCases().length, 2)
  deepEqual(
    [...shop.renewals.values()].map(({ status }) => status),
    ['paid', 'overdue', 'overdue'],
  )
})

test('an unpaid subscription that is set to cancel still ends with its period', () => {
  const shop = paidShop()
  shop.step(at('2027-02-28'))
  shop.answer(DECLINED, at('2027-02-28'))
  const request = { mode: 'period_end', reason: 'too dear' } as const
  shop.command(cancelSubscription(shop.subscription, request, at('2027-03-01')))
  shop.routes = []
  shop.work(at('2027-03-30'))
  equal(shop.subscription.status, 'unpaid')
  deepEqual(shop.work(at('2028-01-01')), ['2027-03-31 cancel'])
  equal(shop.subscription.cancelReason, 'too dear')
})

test('a cancellation closes the cases that are open, and leaves the invoices as they are', () => {
  const shop = paidShop()
  shop.step(at('2027-02-28'))
  shop.answer(DECLINED, at('2027-02-28'))
  const request = { mode: 'period_end', reason: null } as const
  shop.command(cancelSubscription(shop.subscription, request, at('2027-03-01')))
  shop.step(at('2027-03-31'))
  deepEqual(
    [shop.subscription.status, [...shop.cases.values()].map(({ state }) => state)],
    ['canceled', ['canceled']],
  )
  equal(shop.openInvoices().length, 1)
})

const LAST_TERMS: readonly (readonly [title: string, request: Partial<StartRequest>])[] = [
  ['two weekly payments', { frequency: WEEKLY, cyclesMax: 2 }],
  ['two daily payments', { frequency: DAILY, cyclesMax: 2 }],
  ['an end within the second period', { endsAt: at('2027-03-02') }],
]

test('the last payment of a term is tried as often as any other, and then the term is over', () => {
  for (const [title, request] of LAST_TERMS) {
    const shop = paidShop(request)
    const done = shop.work(
      at('2028-01-01'),
      Array.from({ length: 9 }, () => DECLINED),
    )
    equal(done.filter((each) => each.includes('retry charging')).length, 3, title)
    deepEqual([shop.subscription.status, done.at(-1)?.split(' ').at(-1)], ['expired', 'expire'], title) // prettier-ignore
    deepEqual([...shop.cases.values()].map(({ state }) => state), ['exhausted'], title) // prettier-ignore
    equal(shop.openInvoices().length, 1, title)
    deepEqual(shop.news().slice(-2), ['subscription.updated', 'subscription.updated'], title) // unpaid, expired

    const late = paidShop(request)
    late.work(at('2028-01-01'), [DECLINED, DECLINED, DECLINED, APPROVED])
    deepEqual([late.subscription.status, late.openInvoices()], ['expired', []], title)
    deepEqual([...late.cases.values()].map(({ state }) => state), ['recovered'], title) // prettier-ignore
  }
})

test('while the last payment of a term is owed, none is added by hand', () => {
  const shop = paidShop({ endsAt: at('2027-03-02') })
  shop.work(at('2027-03-03'), [DECLINED, DECLINED, DECLINED])
  equal(shop.subscription.status, 'past_due')
  equal(shop.renewNow(at('2027-03-04')), 'no_renewals_left')
})

test('a stub is billed by its share, and full cycles follow from the billing day', () => {
  const request = {
    startAt: at('2027-01-15'),
    billingDay: { kind: 'day_of_month', day: 10 },
    firstCharge: 'prorate',
  } as const
  const shop = paidShop(request)
  deepEqual(renewals(shop, 2), ['2027-02-10', '2027-03-10'])
  const totals = [...shop.invoices.values()].map((invoice) => invoice.totalMinor)
  deepEqual(totals, [4110n, 4900n, 4900n]) // 4900 * 26 / 31 = 4109.67…
  deepEqual(
    [...shop.renewals.values()].map(({ cycle, kind }) => `${cycle} ${kind}`),
    ['0 initial', '1 automatic', '2 automatic'],
  )
})

function costing(amountMinor: bigint): PriceTerms {
  return { ...item().terms, scheme: { kind: 'flat', amountMinor } }
}

const INTRODUCTORY = [
  item({ terms: costing(2000n), cycleFirst: 1 }),
  item({ id: numberedId(6), position: 1, terms: costing(1000n), cycleCount: 1 }),
]
const TENTH = {
  startAt: at('2027-01-15'),
  billingDay: { kind: 'day_of_month', day: 10 },
} as const

/** What the first cycle alone costs is asked for once, whichever bill is the first; every renewal costs 20.00. */
const FIRST_BILLS: readonly (readonly [string, Partial<StartRequest>, totals: bigint[]])[] = [
  ['without a stub', { startAt: at('2027-01-10') }, [1000n, 2000n, 2000n]],
  ['a stub billed whole', { ...TENTH, firstCharge: 'immediate' }, [1000n, 2000n, 2000n]],
  ['a stub billed by its share', { ...TENTH, firstCharge: 'prorate' }, [839n, 2000n, 2000n]], // 1000 * 26 / 31
  ['a stub for free', { ...TENTH, firstCharge: 'next_anchor' }, [1000n, 2000n]],
  ['a stub after a trial', { ...TENTH, trialEnd: at('2027-02-01'), firstCharge: 'immediate' }, [1000n, 2000n, 2000n]],
  ['a stub for free after a trial', { ...TENTH, trialEnd: at('2027-02-01'), firstCharge: 'next_anchor' }, [1000n, 2000n]],
] // prettier-ignore

for (const [what, request, totals] of FIRST_BILLS)
  test(`an introductory price is billed once: ${what}`, () => {
    const shop = new Shop({ request, items: INTRODUCTORY })
    if (shop.subscription.status === 'pending') shop.answer(APPROVED, shop.subscription.startedAt)
    shop.work(at('2027-03-20'), Array(5).fill(APPROVED))
    deepEqual(
      [...shop.invoices.values()].map((invoice) => invoice.totalMinor),
      totals,
    )
  })

test('a discount with a window comes off in the cycles of its window alone', () => {
  const half = item({
    position: 1,
    component: 'discount_percentage',
    terms: { ...item().terms, scheme: { kind: 'percentage', rateBps: 5000 } },
    cycleFirst: 1,
    cycleCount: 2,
  })
  const shop = new Shop({ items: [item(), half] })
  shop.answer(APPROVED, at('2027-01-31'))
  renewals(shop, 3)
  const totals = [...shop.invoices.values()].map((invoice) => invoice.totalMinor)
  deepEqual(totals, [4900n, 2450n, 2450n, 4900n])
})

const TOOLS = { nextId: () => numberedId(900), nextToken: () => 'token' }

/** Started on 31 January and asked on 10 February what the next renewal comes to. */
const NEXT: readonly (readonly [title: string, Partial<StartRequest>, bigint | undefined])[] = [
  ['one that goes on', {}, 4900n],
  ['set to cancel', { cancelAtPeriodEnd: true }, undefined],
  ['one payment', { cyclesMax: 1 }, undefined],
  ['two payments', { cyclesMax: 2 }, 4900n],
  ['an end within the period', { endsAt: at('2027-02-14') }, undefined],
  ['an end with the period', { endsAt: at('2027-02-28') }, undefined],
  ['an end after the period', { endsAt: at('2027-03-01') }, 4900n],
  ['one payment, of a start that lies ahead', { cyclesMax: 1, startAt: at('2027-03-01') }, undefined],
  ['two payments, of a start that lies ahead', { cyclesMax: 2, startAt: at('2027-03-01') }, 4900n],
] // prettier-ignore

test('a preview tells of no renewal that will not come', () => {
  for (const [title, request, expected] of NEXT) {
    const shop = request.startAt === undefined ? paidShop(request) : new Shop({ request })
    const next = previewRenewal(shop.state(), at('2027-02-10'), TOOLS)
    equal(next?.totalMinor, expected, title)
  }
})
