import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { balances } from '../../ledger/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import { cancelSubscription, pauseSubscription } from '../../subscriptions/index.ts'
import { decideRetry, decideSettlement } from '../index.ts'
import {
  APPROVED,
  CHALLENGE,
  DECLINED,
  PENDING,
  POLICY,
  ROUTE,
  SILENCE,
  at,
  textOf,
} from '../test-samples.ts'
import { Shop, paidShop } from '../test-shop.ts'

/** A shop with one charge under way, and what has happened so far is no news. */
type Charging = () => Shop

const started: Charging = () => new Shop()
const afterTrial: Charging = () => {
  const shop = new Shop({ request: { trialEnd: at('2027-02-28') } })
  shop.work(at('2027-02-28'))
  return shop
}
const renewing: Charging = () => {
  const shop = paidShop()
  shop.step(at('2027-02-28'))
  return shop
}
const retrying: Charging = () => {
  const shop = paidShop()
  shop.work(at('2027-03-01'), [DECLINED])
  return shop
}
const canceled: Charging = () => {
  const shop = renewing()
  const request = { mode: 'immediately', reason: null } as const
  shop.command(cancelSubscription(shop.subscription, request, at('2027-02-28')))
  return shop
}
const canceledTrial: Charging = () => {
  const shop = afterTrial()
  const request = { mode: 'immediately', reason: null } as const
  shop.command(cancelSubscription(shop.subscription, request, at('2027-02-28')))
  return shop
}
const paused: Charging = () => {
  const shop = renewing()
  const request = { behavior: 'void', resumesAt: null } as const
  shop.command(pauseSubscription(shop.subscription, request, at('2027-02-28')))
  return shop
}

const TOOK = ['payment.succeeded', 'invoice.paid']
const FAILED = ['payment.failed', 'invoice.payment_failed']
const BEGAN = ['subscription.trial_ended', 'subscription.activated']

const ANSWERS: readonly (readonly [
  Charging,
  GatewayOutcome,
  result: string,
  after: string,
  renewal: string,
  news: string[],
])[] = [
  [started, APPROVED, 'paid', 'active', 'paid', [...TOOK, 'subscription.activated']],
  [started, DECLINED, 'failed', 'incomplete', 'overdue', FAILED],
  [started, PENDING, 'waiting', 'active', 'processing', ['subscription.activated']],
  [started, SILENCE, 'waiting', 'pending', 'processing', []],
  [started, CHALLENGE, 'failed', 'incomplete', 'overdue', FAILED],

  [afterTrial, APPROVED, 'paid', 'active', 'paid', [...TOOK, ...BEGAN]],
  [
    afterTrial,
    DECLINED,
    'failed',
    'past_due',
    'overdue',
    [...FAILED, 'subscription.trial_ended', 'subscription.past_due'],
  ],
  [afterTrial, PENDING, 'waiting', 'active', 'processing', BEGAN],
  [afterTrial, SILENCE, 'waiting', 'trialing', 'processing', []],

  [renewing, APPROVED, 'paid', 'active', 'paid', [...TOOK, 'subscription.renewed']],
  [renewing, DECLINED, 'failed', 'past_due', 'overdue', [...FAILED, 'subscription.past_due']],
  [renewing, PENDING, 'waiting', 'active', 'processing', []],
  [renewing, SILENCE, 'waiting', 'active', 'processing', []],
  [renewing, CHALLENGE, 'failed', 'past_due', 'overdue', [...FAILED, 'subscription.past_due']],

  [
    retrying,
    APPROVED,
    'paid',
    'active',
    'paid',
    [...TOOK, 'subscription.renewed', 'subscription.updated'],
  ],
  [retrying, DECLINED, 'failed', 'past_due', 'overdue', FAILED],
  [retrying, PENDING, 'waiting', 'past_due', 'overdue', []],
  [retrying, SILENCE, 'waiting', 'past_due', 'overdue', []],

  // What was under way when the subscription stopped is booked, and moves nothing.
  [canceled, APPROVED, 'paid', 'canceled', 'paid', [...TOOK, 'subscription.renewed']],
  [canceled, DECLINED, 'failed', 'canceled', 'overdue', FAILED],
  // A trial that was canceled has cost nothing.
  [canceledTrial, DECLINED, 'failed', 'canceled', 'void', ['payment.failed', 'invoice.payment_failed', 'invoice.voided']], // prettier-ignore
  [canceledTrial, APPROVED, 'paid', 'canceled', 'paid', TOOK],
  [paused, APPROVED, 'paid', 'paused', 'paid', [...TOOK, 'subscription.renewed']],
  [paused, DECLINED, 'failed', 'paused', 'overdue', FAILED],
]

test('an answer settles the charge, its bill and its subscription, and says so', () => {
  for (const [charging, outcome, result, after, renewal, news] of ANSWERS) {
    const title = `${charging.name} ${outcome.kind}`
    const shop = charging()
    shop.news()
    const [attempt] = shop.liveAttempts()
    ok(attempt !== undefined)
    equal(shop.answer(outcome, at('2027-03-01')), result, title)
    const billed = [...shop.renewals.values()].at(-1)
    deepEqual([shop.subscription.status, billed?.status], [after, renewal], title)
    deepEqual(shop.news(), news, title)

    const invoice = [...shop.invoices.values()].at(-1)
    ok(invoice !== undefined)
    const open = renewal === 'void' ? 'void' : 'finalized'
    equal(invoice.status, result === 'paid' ? 'paid' : open, title)
    equal(shop.receivableMinor(invoice.id), invoice.status === 'finalized' ? 4900n : 0n, title)
    equal(shop.liveAttempts().length, result === 'waiting' ? 1 : 0, title)
  }
})

test('a challenge that nobody is there to answer is a decline by its own name', () => {
  const shop = renewing()
  shop.answer(CHALLENGE, at('2027-02-28'))
  const [recovery] = shop.openCases()
  equal(recovery?.firstDeclineCode, 'authentication_required')
})

test('a slow payment that arrives changes nothing but the money', () => {
  const shop = started()
  shop.answer(PENDING, at('2027-01-31'))
  shop.answer(PENDING, at('2027-02-01'))
  shop.news()
  equal(shop.answer(APPROVED, at('2027-02-03')), 'paid')
  deepEqual([shop.subscription.status, shop.news()], ['active', TOOK])
})

test('a slow payment that is returned puts its subscription past due', () => {
  const shop = started()
  shop.answer(PENDING, at('2027-01-31'))
  equal(shop.answer(DECLINED, at('2027-02-03')), 'failed')
  equal(shop.subscription.status, 'past_due')
  equal(textOf(shop.openCases()[0]?.nextAttemptAt ?? null), '2027-02-04')
})

test('a renewal that was refunded, taken back and paid again is what refunds have left of it', () => {
  for (const [refundedMinor, expected] of [
    [900n, 'partially_refunded'],
    [4900n, 'refunded'],
  ] as const) {
    const shop = paidShop()
    shop.work(at('2027-02-28'), [APPROVED])
    const invoice = [...shop.invoices.values()].at(-1)
    const sale = shop.heldSales().at(-1)
    ok(invoice !== undefined && sale !== undefined, 'it was renewed')
    shop.invoices.set(invoice.id, { ...invoice, refundedMinor })
    shop.returnSale(sale, at('2027-03-05'), 'R01')
    shop.work(at('2027-03-10'), [APPROVED])
    equal(shop.invoices.get(invoice.id)?.status, 'paid')
    equal([...shop.renewals.values()].at(-1)?.status, expected)
  }
})

test('a charge without an answer is found later, and then counts once', () => {
  const shop = renewing()
  shop.answer(SILENCE, at('2027-02-28'))
  equal(shop.transactions.length, 1) // the first period's
  shop.answer(APPROVED, at('2027-03-02'))
  equal(shop.transactions.length, 2)
  equal(shop.attempts.size, 2)
})

test('an answer that comes late or twice changes nothing, and money for a booked decline is told', () => {
  for (const [first, second, result] of [
    [APPROVED, DECLINED, 'ignored'],
    [DECLINED, APPROVED, 'contradicted'],
    [APPROVED, APPROVED, 'ignored'],
    [DECLINED, SILENCE, 'ignored'],
  ] as const) {
    const shop = renewing()
    const [attempt] = shop.liveAttempts()
    ok(attempt !== undefined)
    shop.answer(first, at('2027-02-28'))
    shop.news()
    const before = shop.subscription
    const settled = shop.attempts.get(attempt.id)
    ok(settled !== undefined)
    equal(shop.answerTo(settled, second, at('2027-03-01')), result)
    deepEqual([shop.subscription, shop.news()], [before, []])
  }
})

test('a declined renewal is retried after 1, 3 and 7 days and recovers on the second', () => {
  const shop = paidShop()
  deepEqual(shop.work(at('2027-03-30'), [DECLINED, DECLINED, APPROVED]), [
    '2027-02-28 renew failed',
    '2027-03-01 retry charging failed',
    '2027-03-03 retry charging paid',
  ])
  const [recovery] = shop.cases.values()
  deepEqual([recovery?.state, recovery?.retriesMade], ['recovered', 1])
  equal(shop.subscription.status, 'active')
  equal(textOf(shop.subscription.nextDueAt), '2027-03-31')
  deepEqual(
    [...shop.attempts.values()].map((attempt) => `${attempt.attemptNumber} ${attempt.state}`),
    ['1 succeeded', '1 declined', '2 declined', '3 succeeded'],
  )
})

const THRICE = [DECLINED, DECLINED, DECLINED]

test('a renewal that never comes in ends unpaid, its invoice open', () => {
  const shop = paidShop()
  deepEqual(shop.work(at('2027-12-01'), [DECLINED, ...THRICE]), [
    '2027-02-28 renew failed',
    '2027-03-01 retry charging failed',
    '2027-03-03 retry charging failed',
    '2027-03-07 retry charging failed',
  ])
  const [recovery] = shop.cases.values()
  const [invoice] = shop.openInvoices()
  deepEqual(
    [shop.subscription.status, recovery?.state, recovery?.nextAttemptAt, invoice?.status],
    ['unpaid', 'exhausted', null, 'finalized'],
  )
  equal(textOf(shop.subscription.nextDueAt), 'never')
})

test('where the merchant wants it, it ends canceled and the invoice is written off', () => {
  const shop = new Shop({ policy: { ...POLICY, onExhausted: 'canceled' } })
  shop.answer(APPROVED, at('2027-01-31'))
  shop.work(at('2027-03-06'), [DECLINED, DECLINED, DECLINED])
  shop.news()
  deepEqual(shop.work(at('2027-12-01'), [DECLINED]), ['2027-03-07 retry charging failed'])
  deepEqual(shop.news(), [...FAILED, 'invoice.marked_uncollectible', 'subscription.canceled'])
  const { status, cancelReason, endedAt } = shop.subscription
  deepEqual([status, cancelReason, textOf(endedAt)], ['canceled', 'payment_failed', '2027-03-07'])
  const [, invoice] = [...shop.invoices.values()]
  ok(invoice !== undefined)
  equal(invoice.status, 'uncollectible')
  equal(shop.receivableMinor(invoice.id), 0n)

  // Late money still settles it, and takes the loss back as it comes.
  shop.payByHand(invoice, 1900n, at('2027-05-01'))
  const partly = shop.invoices.get(invoice.id)
  ok(partly !== undefined)
  deepEqual([partly.status, shop.receivableMinor(invoice.id)], ['uncollectible', 0n])
  shop.payByHand(partly, 3000n, at('2027-05-02'))
  equal(shop.invoices.get(invoice.id)?.status, 'paid')
  const net = new Map(balances(shop.transfers).map((each) => [each.account, each.netMinor]))
  deepEqual(
    [net.get('receivable'), net.get('write_offs'), net.get('bank'), net.get('gateway_clearing')],
    [0n, 0n, 4900n, 4900n],
  )
  equal(shop.subscription.status, 'canceled')
})

test('an unpaid subscription that is paid late goes on without the cycles it missed', () => {
  const shop = paidShop()
  shop.work(at('2027-03-07'), [DECLINED, ...THRICE])
  equal(shop.subscription.status, 'unpaid')
  const [invoice] = shop.openInvoices()
  ok(invoice !== undefined)
  shop.news()
  shop.payByHand(invoice, 4900n, at('2027-06-15'))
  deepEqual(shop.news(), ['invoice.paid', 'subscription.renewed', 'subscription.updated'])
  const { status, cycle, period, cyclesBilled } = shop.subscription
  deepEqual(
    [status, cycle, textOf(period.start), textOf(period.end), cyclesBilled],
    ['active', 4, '2027-05-31', '2027-06-30', 2],
  )
  deepEqual(shop.work(at('2027-07-01'), [APPROVED]), ['2027-06-30 renew paid'])
})

test('an unpaid subscription that is paid within its period keeps it', () => {
  const shop = paidShop()
  shop.work(at('2027-03-07'), [DECLINED, ...THRICE])
  const [invoice] = shop.openInvoices()
  ok(invoice !== undefined)
  shop.payByHand(invoice, 4900n, at('2027-03-30'))
  equal(textOf(shop.subscription.nextDueAt), '2027-03-31')
})

/** Weekly from 31 January 2027, retried after 3 and 10 days: the second bill fails before the first is through. */
function twoCases(): Shop {
  const shop = new Shop({
    request: { frequency: { kind: 'unit', unit: 'week', count: 1 } },
    policy: { ...POLICY, retryDays: [3, 10] },
  })
  shop.answer(APPROVED, at('2027-01-31'))
  deepEqual(shop.work(at('2027-02-16'), [DECLINED, DECLINED, DECLINED]), [
    '2027-02-07 renew failed',
    '2027-02-10 retry charging failed',
    '2027-02-14 renew failed',
  ])
  return shop
}

test('with two bills open, paying one leaves it past due and paying both recovers it', () => {
  const shop = twoCases()
  const [first, second] = shop.openInvoices()
  ok(first !== undefined && second !== undefined)
  shop.payByHand(second, 4900n, at('2027-02-16'))
  equal(shop.subscription.status, 'past_due')
  deepEqual(
    [...shop.cases.values()].map(({ state }) => state),
    ['open', 'recovered'],
  )
  shop.payByHand(first, 4900n, at('2027-02-16'))
  equal(shop.subscription.status, 'active')
})

test('with two bills open, the first that is used up closes the other’s case as well', () => {
  const shop = twoCases()
  deepEqual(shop.work(at('2027-03-20'), THRICE), ['2027-02-17 retry charging failed'])
  equal(shop.subscription.status, 'unpaid')
  deepEqual(
    [...shop.cases.values()].map(({ state }) => state),
    ['exhausted', 'canceled'],
  )
})

test('a bill whose recovery is over is not recovered again', () => {
  const shop = twoCases()
  shop.work(at('2027-02-17')) // both are retried, and one is used up
  shop.answer(DECLINED, at('2027-02-17'))
  const [first] = shop.openInvoices()
  ok(first !== undefined)
  shop.payByHand(first, 4900n, at('2027-02-18'))
  equal(shop.subscription.status, 'active')
  shop.news()
  equal(shop.answer(DECLINED, at('2027-02-19')), 'failed') // the other one, which was closed with it
  deepEqual([shop.subscription.status, shop.news()], ['active', FAILED])
  equal(shop.openCases().length, 0)
})

test('a try by hand between two retries leaves their schedule as it is', () => {
  const shop = renewing()
  shop.answer(DECLINED, at('2027-02-28'))
  const [before] = shop.openCases()
  const [invoice] = shop.openInvoices()
  const [charged] = shop.attempts.values()
  ok(before !== undefined && invoice !== undefined && charged !== undefined)
  const byHand = { ...charged, state: 'sending', invoiceId: invoice.id, attemptNumber: 2 } as const
  const state = { ...shop.billed(invoice.id), attempt: byHand, route: ROUTE }
  const tools = { nextId: () => charged.id, nextToken: () => 'token' }
  const { changes } = decideSettlement(state, CHALLENGE, at('2027-02-28'), tools)
  deepEqual(changes.changedCases, [{ ...before, lastDeclineCode: 'authentication_required' }])
})

test('a retry charges what is still owed after money by hand', () => {
  const shop = renewing()
  shop.answer(DECLINED, at('2027-02-28'))
  const [invoice] = shop.openInvoices()
  ok(invoice !== undefined)
  shop.payByHand(invoice, 900n, at('2027-02-28'))
  shop.work(at('2027-03-01'))
  deepEqual(
    shop.liveAttempts().map((attempt) => attempt.amountMinor),
    [4000n],
  )
})

test('a retry without a method is a failed one; with a new method the next one charges', () => {
  const shop = renewing()
  shop.answer(DECLINED, at('2027-02-28'))
  shop.routes = []
  shop.news()
  deepEqual(shop.work(at('2027-03-02')), ['2027-03-01 retry no_payment_method'])
  deepEqual(shop.news(), ['invoice.payment_failed'])
  equal(shop.openCases()[0]?.lastDeclineCode, 'no_payment_method')
  shop.routes = [ROUTE]
  deepEqual(shop.work(at('2027-03-03'), [APPROVED]), ['2027-03-03 retry charging paid'])
  equal(shop.subscription.status, 'active')
})

test('a renewal that never finds a method is used up like any other', () => {
  const shop = paidShop()
  shop.routes = []
  deepEqual(shop.work(at('2027-03-30')), [
    '2027-02-28 renew',
    '2027-03-01 retry no_payment_method',
    '2027-03-03 retry no_payment_method',
    '2027-03-07 retry no_payment_method',
  ])
  equal(shop.subscription.status, 'unpaid')
})

/** The retry that is due on 1 March 2027, when something else has happened meanwhile. */
const OVERTAKEN: readonly (readonly [string, (shop: Shop) => void, closed: string[]])[] = [
  ['its case is closed', (shop) => shop.cases.clear(), []],
  [
    'its invoice is paid',
    (shop) =>
      shop
        .openInvoices()
        .forEach((each) => shop.invoices.set(each.id, { ...each, status: 'paid' })),
    ['recovered'],
  ],
  [
    'its invoice is void',
    (shop) =>
      shop
        .openInvoices()
        .forEach((each) => shop.invoices.set(each.id, { ...each, status: 'void' })),
    ['canceled'],
  ],
  [
    'its subscription is canceled',
    (shop) => {
      const request = { mode: 'immediately', reason: null } as const
      shop.command(cancelSubscription(shop.subscription, request, at('2027-03-01')))
    },
    ['canceled'],
  ],
  ['its charge is under way', (shop) => void shop.work(at('2027-03-01')), []],
]

test('a retry that something else has overtaken charges nothing', () => {
  for (const [title, happen, closed] of OVERTAKEN) {
    const shop = renewing()
    shop.answer(DECLINED, at('2027-02-28'))
    const [invoice] = shop.openInvoices()
    ok(invoice !== undefined)
    happen(shop)
    const state = {
      ...shop.billed(invoice.id),
      billed: shop.state(),
      attemptsMade: 1,
      chargedAt: null,
      view: shop.caseView(invoice.id),
    }
    const tools = { nextId: () => invoice.id, nextToken: () => 'token' }
    const { result, changes } = decideRetry(state, at('2027-03-01'), tools)
    equal(result, 'closed', title)
    deepEqual([changes.newAttempts, changes.facts], [[], []], title)
    deepEqual(
      changes.changedCases.map((each) => each.state),
      closed,
      title,
    )
  }
})

test('an invoice without a subscription is settled on its own', () => {
  const shop = renewing()
  const [attempt] = shop.liveAttempts()
  ok(attempt?.invoiceId)
  const state = {
    ...shop.billed(attempt.invoiceId),
    billed: null,
    renewal: null,
    attempt,
    route: null,
  }
  const tools = { nextId: () => attempt.id, nextToken: () => 'token' }
  const types = (outcome: GatewayOutcome) =>
    decideSettlement(state, outcome, at('2027-02-28'), tools).changes.facts.map(({ type }) => type)
  deepEqual(types(APPROVED), TOOK)
  deepEqual(types(DECLINED), FAILED)
  deepEqual(types(PENDING), [])
})

const SALES = [
  ['charge_automatically', 0n, [...FAILED, 'invoice.marked_uncollectible']],
  ['charge_automatically', 1n, FAILED],
  ['send_invoice', 0n, FAILED],
] as const
for (const [collectionMethod, paidMinor, news] of SALES) {
  test(`a declined bill of no subscription, ${collectionMethod}, ${paidMinor} paid: ${news.length} events`, () => {
    const shop = renewing()
    const [attempt] = shop.liveAttempts()
    ok(attempt?.invoiceId)
    const bill = shop.billed(attempt.invoiceId)
    const invoice = { ...bill.invoice, subscriptionId: null, collectionMethod, paidMinor }
    const state = { ...bill, invoice, billed: null, renewal: null, attempt, route: null }
    const tools = { nextId: () => attempt.id, nextToken: () => 'token' }
    const { changes } = decideSettlement(state, DECLINED, at('2027-02-28'), tools)
    deepEqual(
      changes.facts.map(({ type }) => type),
      news,
    )
  })
}

test('money that comes for a bill that was paid otherwise pays nothing twice, and is left to a person', () => {
  const shop = renewing()
  const [live] = shop.liveAttempts()
  ok(live?.invoiceId !== undefined && live.invoiceId !== null)
  const { invoice } = shop.billed(live.invoiceId)
  shop.payByHand(invoice, invoice.totalMinor, at('2027-03-01'))
  shop.news()
  equal(shop.answer(APPROVED, at('2027-03-02')), 'unpayable')
  deepEqual(shop.news(), ['payment.failed'])
  const { state, decline } = shop.attempts.get(live.id) ?? live
  deepEqual([state, decline?.code], ['declined', 'canceled'])
  equal(shop.billed(live.invoiceId).invoice.paidMinor, invoice.totalMinor)
})
