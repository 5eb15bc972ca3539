import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { balances } from '../../ledger/index.ts'
import {
  cancelSubscription,
  pauseSubscription,
  resumeSubscription,
  type FollowedProfile,
} from '../../subscriptions/index.ts'
import { addDays } from '../../time/index.ts'
import { startIntent } from '../../payments/index.ts'
import { decideReturn } from '../index.ts'
import { APPROVED, DECLINED, POLICY, at, newIntent, numberedId } from '../test-samples.ts'
import { paidShop, Shop } from '../test-shop.ts'

const NEWS = ['payment.returned', 'invoice.payment_failed']

/** A shop whose last sale is taken back, after what else has happened. */
function returnedIn(shop: Shop, code = 'R01'): Shop {
  shop.news()
  const sale = shop.heldSales().at(-1)
  if (sale !== undefined) shop.returnSale(sale, addDays(shop.now, 5), code)
  return shop
}

const last = <T>(all: Iterable<T>): T | undefined => [...all].at(-1)

function summary(shop: Shop): string {
  const invoice = last(shop.invoices.values())
  const renewal = last(shop.renewals.values())
  const own = last(shop.cases.values())
  return `${shop.subscription.status}, ${invoice?.status}, ${renewal?.status}, ${own?.state ?? 'no case'}`
}

test('a renewal that is returned is owed again, and recovered like a declined one', () => {
  const shop = paidShop()
  shop.work(at('2027-02-28'), [APPROVED])
  returnedIn(shop)
  equal(summary(shop), 'past_due, finalized, overdue, open')
  deepEqual(shop.news(), [...NEWS, 'subscription.past_due'])
  shop.work(at('2027-03-10'), [APPROVED])
  equal(summary(shop), 'active, paid, paid, recovered')
  // Renewed it was before: that is not told a second time.
  deepEqual(shop.news(), ['payment.succeeded', 'invoice.paid', 'subscription.updated'])
})

test('a payment that had recovered a renewal and is returned uses up one more try', () => {
  const shop = paidShop()
  shop.work(at('2027-03-01'), [DECLINED, APPROVED])
  equal(summary(shop), 'active, paid, paid, recovered')
  returnedIn(shop)
  equal(summary(shop), 'past_due, finalized, overdue, open')
  const [open] = shop.openCases()
  deepEqual([open?.retriesMade, open?.lastDeclineCode], [1, 'insufficient_funds'])
})

test('returns do not buy tries without end: after the last one the subscription is unpaid', () => {
  const shop = paidShop()
  shop.work(at('2027-02-28'), [APPROVED])
  for (let tries = 0; tries < 4; tries += 1) {
    returnedIn(shop)
    shop.work(addDays(shop.now, 10), [APPROVED])
  }
  equal(shop.subscription.status, 'unpaid')
  equal(shop.openCases().length, 0)
})

test('with the last try used up, what the merchant wants is done at once', () => {
  const shop = new Shop({ policy: { ...POLICY, retryDays: [1], onExhausted: 'canceled' } })
  shop.answer(APPROVED, shop.now)
  shop.work(at('2027-03-01'), [DECLINED, APPROVED])
  returnedIn(shop)
  equal(summary(shop), 'canceled, uncollectible, overdue, exhausted')
})

const BY_PEOPLE: FollowedProfile = {
  id: numberedId(72),
  frequency: { kind: 'unit', unit: 'day', count: 30 },
  occurrences: null,
  overdueLimit: 0,
  retriesFailed: false,
}

/** Sold on 1 January 2027; the renewal of the 31st is declined, then paid by hand, and taken back. */
function collectedAndReturned(profile: FollowedProfile): Shop {
  const shop = paidShop({ startAt: at('2027-01-01'), frequency: profile.frequency, profile })
  shop.work(at('2027-01-31'), [DECLINED])
  const [invoice] = shop.openInvoices()
  ok(invoice !== undefined)
  shop.payByHand(invoice, invoice.totalMinor, at('2027-02-01'))
  equal(shop.subscription.status, profile.overdueLimit === 1 ? 'paused' : 'active')
  if (shop.subscription.status === 'paused') shop.command(resumeSubscription(shop.subscription, shop.now)) // prettier-ignore
  return returnedIn(shop)
}

test('where people make all tries, nothing is tried by itself after a return either', () => {
  const shop = collectedAndReturned(BY_PEOPLE)
  equal(summary(shop), 'past_due, finalized, overdue, exhausted')
  equal(shop.openCases().length, 0)
})

test('a return that makes one overdue too many suspends, as a declined renewal does', () => {
  for (const retriesFailed of [false, true]) {
    const shop = collectedAndReturned({ ...BY_PEOPLE, overdueLimit: 1, retriesFailed })
    equal(summary(shop), `paused, finalized, overdue, ${retriesFailed ? 'open' : 'exhausted'}`)
    deepEqual(shop.news(), [...NEWS, 'subscription.past_due', 'subscription.paused'])
  }
})

test('a subscription that has ended or is paused stays so; its invoice is owed again', () => {
  const ended = paidShop()
  ended.command(cancelSubscription(ended.subscription, { mode: 'immediately', reason: null }, ended.now)) // prettier-ignore
  equal(summary(returnedIn(ended)), 'canceled, finalized, overdue, no case')
  const paused = paidShop()
  paused.command(pauseSubscription(paused.subscription, { behavior: 'void', resumesAt: null }, paused.now)) // prettier-ignore
  equal(summary(returnedIn(paused)), 'paused, finalized, overdue, open')
})

test('a return undoes the booking of its sale to the last unit', () => {
  const shop = returnedIn(paidShop())
  const nets = balances(shop.transfers).map(({ account, netMinor }) => `${account} ${netMinor}`)
  deepEqual(nets, ['gateway_clearing 0', 'receivable 4900', 'revenue -4900'])
})

test('an intent has received no more than what was not taken back', () => {
  const [sale] = paidShop().heldSales()
  if (sale === undefined) throw new Error('the shop took money')
  const { customerId, amountMinor, currency } = sale
  const wanted = newIntent({ customerId, amountMinor, currency })
  const started = startIntent(wanted, at('2027-02-01'))
  const intent = { ...started, status: 'succeeded', receivedMinor: sale.amountMinor } as const
  let made = 500
  const tools = { nextId: () => numberedId((made += 1)), nextToken: () => '' }
  const state = {
    sale: { ...sale, invoiceId: null },
    bill: null,
    intent,
    closedCase: null,
    earlierReturns: 0,
  }
  const reason = { code: 'R01', message: null }
  const [after] = decideReturn(state, reason, at('2027-02-05'), tools).changedIntents
  deepEqual([after?.receivedMinor, after?.status, after?.version], [0n, 'succeeded', 2])
})

test('a sale without an invoice is no revenue any more', () => {
  const [sale] = paidShop().heldSales()
  if (sale === undefined) throw new Error('the shop took money')
  let made = 500
  const tools = { nextId: () => numberedId((made += 1)), nextToken: () => '' }
  const state = {
    sale: { ...sale, invoiceId: null },
    bill: null,
    intent: null,
    closedCase: null,
    earlierReturns: 0,
  }
  const { transfers, newTransactions, facts } = decideReturn(state, { code: 'AM04', message: 'No funds' }, at('2027-02-05'), tools) // prettier-ignore
  deepEqual(
    transfers.map(({ debit, credit, amountMinor }) => [debit, credit, amountMinor]),
    [['revenue', 'gateway_clearing', 4900n]],
  )
  deepEqual([newTransactions[0]?.type, newTransactions[0]?.responseCode], ['adjustment', 'AM04'])
  deepEqual(facts.map(({ type }) => type), ['payment.returned']) // prettier-ignore
})
