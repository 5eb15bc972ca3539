import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Uuid } from '../../ids/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import { RECYCLING_DEFAULTS, type RecyclingRules } from '../../recovery/index.ts'
import { UTC } from '../../time/index.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import { decideSettlement } from '../settle/settle.ts'
import { cancelRecovery, retryByHand } from '../retry/retry-by-hand.ts'
import type { RetryState } from '../state/billed-state.ts'
import { cancelSubscription } from '../../subscriptions/index.ts'
import { APPROVED, at, DECLINED, item, numberedId, ROUTE } from '../test-samples.ts'
import { Shop } from '../test-shop.ts'
import { emptyChangeSet } from '../state/change-set.ts'
import { ALL_CYCLES_COMPLETED } from './complete.ts'
import { chargeAtTax } from './retax.ts'

const START = '2027-09-08T00:00:00Z'
const STOLEN: GatewayOutcome = {
  kind: 'declined',
  gatewayReference: 'ch_1',
  decline: { code: 'stolen_card', isoCode: '43', adviceCode: null, message: null },
}

type Wish = {
  readonly rules?: Partial<RecyclingRules>
  readonly recyclesStart?: boolean
  readonly cycleCount?: number
  readonly unit?: 'day' | 'month'
  /** Besides the first one; each bears 1.34 of tax. */
  readonly methods?: readonly Uuid[]
}

/** 49.00 and 2.56 of tax, due on 8 September; its first bill waits for an answer. */
function begun(wish: Wish = {}): Shop {
  const {
    rules = {},
    recyclesStart = false,
    cycleCount = null,
    unit = 'month',
    methods = [],
  } = wish
  const anchor = { at: at(START), zone: UTC, day: 8 }
  return new Shop({
    request: { startAt: at(START), frequency: { kind: 'unit', unit, count: 1 }, anchor },
    items: [item({ cycleCount })],
    recycling: {
      rules: { ...RECYCLING_DEFAULTS, ...rules },
      methods: [
        { paymentMethodId: ROUTE.paymentMethodId, taxMinor: 256n },
        ...methods.map((paymentMethodId) => ({ paymentMethodId, taxMinor: 134n })),
      ],
      recyclesStart,
    },
  })
}

function paid(wish: Wish = {}): Shop {
  const shop = begun(wish)
  shop.answer(APPROVED, at(START))
  return shop
}

const declines = (count: number) => Array.from({ length: count }, () => DECLINED)
const lastInvoice = (shop: Shop) => [...shop.invoices.values()].at(-1)

test('a bill bears the tax of the method that is charged, and nothing bears none', () => {
  const invoice = lastInvoice(paid())
  deepEqual([invoice?.taxMinor, invoice?.totalMinor], [256n, 5156n])
})

test('fifteen runs after the first, one a day, and then the bill is written off and the subscription over', () => {
  const shop = paid()
  const done = shop.work(at('2027-11-30'), declines(20))
  equal(done.filter((each) => each.includes('retry charging')).length, 15)
  ok(done.at(-1)?.startsWith('2027-10-23T00:00'))
  deepEqual([shop.subscription.status, lastInvoice(shop)?.status], ['canceled', 'uncollectible'])
  equal(shop.receivableMinor(lastInvoice(shop)?.id ?? shop.subscription.id), 0n)
})

const ENDS: readonly (readonly [string, Wish, GatewayOutcome[], string, string])[] = [
  ['kept after the last run', { rules: { runsMax: 2, onExhausted: 'keep' } }, declines(3), 'active', 'uncollectible'],
  ['over after a hard decline on the way', {}, [DECLINED, DECLINED, STOLEN], 'canceled', 'uncollectible'],
  ['kept after a hard decline', { rules: { onHardDecline: 'keep' } }, [STOLEN], 'active', 'uncollectible'],
  ['well again when a run is approved', {}, [DECLINED, DECLINED, APPROVED], 'active', 'paid'],
  ['not tried again where no run is wanted', { rules: { runsMax: 0 } }, [DECLINED], 'canceled', 'uncollectible'],
] // prettier-ignore

for (const [what, wish, answers, status, invoiceStatus] of ENDS) {
  test(`a bill that is not paid: ${what}`, () => {
    const shop = paid(wish)
    shop.work(at('2027-10-30'), answers)
    deepEqual([shop.subscription.status, lastInvoice(shop)?.status], [status, invoiceStatus])
    equal(shop.openCases().length, 0)
  })
}

const STARTS: readonly (readonly [string, Wish, GatewayOutcome, string, string])[] = [
  ['soft, and refused', {}, DECLINED, 'incomplete_expired', 'uncollectible'],
  ['soft, and recycled', { recyclesStart: true }, DECLINED, 'past_due', 'finalized'],
  ['hard, and refused', { recyclesStart: true }, STOLEN, 'incomplete_expired', 'uncollectible'],
] // prettier-ignore

for (const [what, wish, answer, status, invoiceStatus] of STARTS) {
  test(`a first charge that is declined: ${what}`, () => {
    const shop = begun(wish)
    shop.answer(answer, at(START))
    deepEqual([shop.subscription.status, lastInvoice(shop)?.status], [status, invoiceStatus])
  })
}

test('a bill that is written off, paid late and returned is written off again', () => {
  const shop = paid({ rules: { runsMax: 2, onExhausted: 'keep' } })
  shop.work(at('2027-10-30'), declines(3))
  for (const [paidOn, returnedOn] of [
    ['2027-10-31', '2027-11-01'],
    ['2027-11-02', '2027-11-03'],
  ] as const) {
    // prettier-ignore
    const bill = lastInvoice(shop)
    ok(bill?.status === 'uncollectible')
    shop.payByHand(bill, bill.totalMinor, at(paidOn))
    const sale = shop.heldSales().at(-1)
    ok(sale?.invoiceId === bill.id)
    shop.news()
    shop.returnSale(sale, at(returnedOn))
    const last = lastInvoice(shop)
    deepEqual([shop.subscription.status, last?.status], ['active', 'uncollectible'])
    ok(shop.news().includes('invoice.marked_uncollectible'))
    equal(shop.receivableMinor(bill.id), 0n)
  }
})

for (const [how, outcome] of [
  ['softly', DECLINED],
  ['hard', STOLEN],
] as const)
  test(`a bill that is written off, and refused ${how} when it is tried by hand, changes nothing else`, () => {
    const shop = paid({ rules: { onHardDecline: 'keep' } })
    shop.work(at('2027-10-30'), [STOLEN])
    const bill = lastInvoice(shop)
    const refused = [...shop.attempts.values()].at(-1)
    ok(bill?.status === 'uncollectible' && refused !== undefined)
    const attempt = { ...refused, state: 'sending' as const, attemptNumber: 2 }
    const tried = { ...shop.billed(bill.id), attempt, route: ROUTE }
    const { result, changes } = decideSettlement(tried, outcome, at('2027-10-31'), TOOLS)
    equal(result, 'failed')
    const { newCases, changedSubscriptions, changedInvoices, transfers } = changes
    deepEqual([newCases, changedSubscriptions, changedInvoices, transfers], [[], [], [], []])
  })

test('dates pass while a bill is recycled: none is billed, and no cycle is used up', () => {
  const shop = paid({ unit: 'day' })
  shop.work(at('2027-09-12T00:00:00Z'), [DECLINED, DECLINED, DECLINED, APPROVED])
  equal(shop.invoices.size, 2)
  equal(shop.subscription.status, 'active')
  shop.work(at('2027-09-13T00:00:00Z'), [APPROVED])
  equal(shop.invoices.size, 3)
  equal(shop.subscription.cycle, 2)
})

test('it is over once the last cycle of its plans is paid, and says why', () => {
  const shop = paid({ cycleCount: 2 })
  equal(shop.subscription.status, 'active')
  shop.work(at('2027-10-08T00:00:00Z'), [APPROVED])
  const { status, cancelReason, nextDueAt } = shop.subscription
  deepEqual([status, cancelReason, nextDueAt], ['expired', ALL_CYCLES_COMPLETED, null])
  deepEqual(shop.work(at('2028-10-08T00:00:00Z')), [])
})

const TOOLS = { nextId: () => numberedId(78), nextToken: () => 'token' }

/** The open case of a shop, as a retry is decided by it. */
function retryState(shop: Shop, cards?: GuardedCards): RetryState {
  const [open] = shop.openCases()
  ok(open !== undefined)
  const { invoiceId } = open
  const attemptsMade = [...shop.attempts.values()].filter(
    (one) => one.invoiceId === invoiceId,
  ).length
  const billed = { ...shop.state(), cards }
  const view = shop.caseView(invoiceId)
  return { ...shop.billed(invoiceId), billed, attemptsMade, chargedAt: null, view }
}

const AMEX_REFUSED_AT = at('2027-10-08T00:00:03Z')

const { currency: shopCurrency } = new Shop().subscription

/** The card as its network knows it, after a worker that was three seconds late. */
function amex(paymentMethodId: Uuid): GuardedCards {
  const past = {
    at: AMEX_REFUSED_AT,
    amountMinor: 5156n,
    currency: shopCurrency,
    decline: DECLINED.kind === 'declined' ? DECLINED.decline : null,
  }
  // The first failure is no reattempt; the run after it is.
  const earlier = { ...past, at: at('2027-10-07T23:59:59Z') }
  const history = [earlier, past]
  return new Map([[paymentMethodId, { network: 'amex', country: 'US', history }]])
}

const WAITS: readonly (readonly [string, runAt: string, did: string, next: string | null])[] = [
  ['too early for the network: made when it may be', '2027-10-09T00:00:00Z', 'retry postponed', '2027-10-09T00:00:03Z'],
  ['a day after the last try: made', '2027-10-09T00:00:03Z', 'retry charging', null],
] // prettier-ignore
for (const [what, runAt, did, next] of WAITS) {
  test(`a run of a card whose network wants a day between tries, ${what}`, () => {
    const shop = paid()
    shop.work(at('2027-10-08'), [DECLINED])
    const state = retryState(shop, amex(ROUTE.paymentMethodId))
    const nextAttemptAt = at(runAt)
    const openCases = state.billed.openCases.map((open) => ({ ...open, nextAttemptAt }))
    const due = { ...state, billed: { ...state.billed, openCases } }
    equal(shop.retryAs(due, at(runAt)), did)
    const [open] = shop.openCases()
    deepEqual(
      [open?.nextAttemptAt ?? null, open?.retriesMade],
      [next === null ? null : at(next), 0],
    )
  })
}

const CALLED_OFF: readonly (readonly [RecyclingRules['onExhausted'], string])[] = [
  ['cancel', 'canceled'],
  ['keep', 'active'],
]
for (const [onExhausted, status] of CALLED_OFF) {
  test(`runs that are called off end the subscription as its strategy says: ${onExhausted}`, () => {
    const shop = paid({ rules: { onExhausted } })
    shop.work(at('2027-10-08'), [DECLINED])
    const decision = cancelRecovery(retryState(shop), at('2027-10-08T09:00:00Z'), TOOLS)
    ok(decision.kind === 'canceled')
    shop.apply(decision.changes)
    const [ended] = shop.cases.values()
    const bill = lastInvoice(shop)?.status
    deepEqual([shop.subscription.status, bill, ended?.state], [status, 'uncollectible', 'canceled'])
  })
}

test('no other bill is made by hand while one is recycled', () => {
  const shop = paid()
  shop.work(at('2027-10-08'), [DECLINED])
  equal(shop.renewNow(at('2027-10-08T09:00:00Z')), 'subscription_state_invalid')
  equal(shop.invoices.size, 2)
})

test('a bill in flight ends with its subscription when it is declined, and is paid when it is not', () => {
  for (const [answer, status] of [
    [DECLINED, 'void'],
    [APPROVED, 'paid'],
  ] as const) {
    const shop = paid()
    shop.step(at('2027-10-08'))
    const request = { mode: 'immediately', reason: null } as const
    shop.command(cancelSubscription(shop.subscription, request, at('2027-10-08')))
    shop.answer(answer, at('2027-10-08'))
    equal(lastInvoice(shop)?.status, status)
    equal(shop.receivableMinor(lastInvoice(shop)?.id ?? shop.subscription.id), 0n)
    deepEqual([...shop.renewals.values()].at(-1)?.status, status)
  }
})

test('what was billed beside the cycles is written off when it is declined, also after a cancel', () => {
  const shop = paid()
  shop.step(at('2027-10-08'))
  const request = { mode: 'immediately', reason: null } as const
  shop.command(cancelSubscription(shop.subscription, request, at('2027-10-08')))
  const [attempt] = shop.liveAttempts()
  ok(attempt?.invoiceId)
  const state = { ...shop.billed(attempt.invoiceId), renewal: null, attempt, route: null }
  const { changes } = decideSettlement(state, DECLINED, at('2027-10-08'), TOOLS)
  deepEqual(
    changes.changedInvoices.map(({ status }) => status),
    ['uncollectible'],
  )
})

test('a try by hand bears the tax of the method that it charges', () => {
  const other = { ...ROUTE, paymentMethodId: numberedId(77) }
  const shop = paid({ methods: [other.paymentMethodId] })
  shop.work(at('2027-10-08T00:00:00Z'), [DECLINED])
  shop.routes = [other]
  const state = retryState(shop)
  const tried = retryByHand(state, at('2027-10-08T09:00:00Z'), TOOLS)
  ok(tried.kind === 'charging')
  deepEqual(
    [tried.changes.newAttempts[0]?.amountMinor, tried.changes.changedInvoices[0]?.taxMinor],
    [5034n, 134n],
  )
})

test('what another method brings of tax changes a bill that is owed, and none that is written off or was refunded', () => {
  const other = { ...ROUTE, paymentMethodId: numberedId(77) }
  const shop = paid({ methods: [other.paymentMethodId] })
  shop.work(at('2027-10-08T00:00:00Z'), [DECLINED])
  const invoice = lastInvoice(shop)
  ok(invoice !== undefined)
  const bills = [
    { status: 'overdue' },
    { status: 'uncollectible' },
    { status: 'overdue', refundedMinor: 100n },
  ] as const
  const taxed = bills.map((bill) => {
    const work = { at: at('2027-10-09T00:00:00Z'), tools: TOOLS, changes: emptyChangeSet() }
    const found = { kind: 'route', route: other, step: null } as const
    const charged = { invoice: { ...invoice, ...bill }, found }
    const due = chargeAtTax(shop.billed(invoice.id), charged, work)
    return [due.invoice.taxMinor, work.changes.transfers.length]
  })
  deepEqual(taxed, [
    [134n, 1],
    [256n, 0],
    [256n, 0],
  ])
})
