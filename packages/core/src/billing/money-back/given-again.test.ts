import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../../fault/index.ts'
import { balances } from '../../ledger/index.ts'
import type { Transaction } from '../../payments/index.ts'
import { cancelSubscription } from '../../subscriptions/index.ts'
import { addDays } from '../../time/index.ts'
import { decideReturn, decideReturnGivenAgain } from '../index.ts'
import { APPROVED, DECLINED, POLICY, at, numberedId } from '../test-samples.ts'
import { paidShop, Shop } from '../test-shop.ts'
import { decideGivenAgain } from './given-again.ts'

function takenBack(shop: Shop, code = 'R10'): Transaction {
  const sale = shop.heldSales().at(-1)
  assert(sale !== undefined, 'the shop took money')
  shop.returnSale(sale, addDays(shop.now, 5), code)
  shop.news()
  return sale
}

const nets = (shop: Shop) =>
  balances(shop.transfers).map(({ account, netMinor }) => `${account} ${netMinor}`)

const statuses = (shop: Shop) =>
  [
    shop.subscription.status,
    [...shop.invoices.values()].at(-1)?.status,
    [...shop.renewals.values()].at(-1)?.status,
    [...shop.cases.values()].at(-1)?.state,
  ].join(', ')

test('a renewal that was returned is paid once the bank gives the money again', () => {
  const shop = paidShop()
  shop.work(at('2027-02-28'), [APPROVED])
  const paid = nets(shop)
  const sale = takenBack(shop)
  equal(statuses(shop), 'past_due, finalized, overdue, open')
  equal(shop.giveAgain(sale, addDays(shop.now, 2)), true)
  equal(statuses(shop), 'active, paid, paid, recovered')
  deepEqual(shop.news(), ['payment.restored', 'invoice.paid', 'subscription.updated'])
  deepEqual(
    nets(shop).filter((net) => !net.endsWith(' 0')),
    paid.filter((net) => !net.endsWith(' 0')),
  )
  deepEqual(shop.heldSales().at(-1), sale)
  shop.work(addDays(shop.now, 20), [])
  deepEqual(shop.liveAttempts(), [], 'nothing is charged again')
})

test('it may be taken back, and given again, once more', () => {
  const shop = paidShop()
  for (let round = 0; round < 3; round += 1) {
    const sale = takenBack(shop)
    equal(shop.giveAgain(sale, addDays(shop.now, 2)), true)
    deepEqual(shop.news(), ['payment.restored', 'invoice.paid', 'subscription.updated'])
  }
  deepEqual(nets(shop), ['gateway_clearing 4900', 'receivable 0', 'revenue -4900'])
})

test('what was paid otherwise meanwhile is left to a person', () => {
  const shop = paidShop()
  const sale = takenBack(shop)
  const [owed] = shop.openInvoices()
  assert(owed !== undefined, 'it is owed again')
  shop.payByHand(owed, 100n, shop.now)
  equal(shop.giveAgain(sale, addDays(shop.now, 1)), false, 'less is owed than has come')
  shop.work(addDays(shop.now, 10), [APPROVED])
  equal(shop.giveAgain(sale, addDays(shop.now, 1)), false)
})

test('what was written off since is won back, and the subscription stays ended', () => {
  const shop = new Shop({ policy: { ...POLICY, retryDays: [1], onExhausted: 'canceled' } })
  shop.answer(APPROVED, shop.now)
  shop.work(at('2027-03-01'), [DECLINED, APPROVED])
  const sale = takenBack(shop, 'R01')
  equal(statuses(shop), 'canceled, uncollectible, overdue, exhausted')
  equal(shop.giveAgain(sale, addDays(shop.now, 2)), true)
  equal(statuses(shop), 'canceled, paid, paid, exhausted')
  deepEqual(
    nets(shop).filter((net) => !net.endsWith(' 0')),
    ['gateway_clearing 9800', 'revenue -9800'],
  )
})

test('a subscription that was canceled meanwhile stays so; its invoice is paid', () => {
  const shop = paidShop()
  shop.command(cancelSubscription(shop.subscription, { mode: 'immediately', reason: null }, shop.now)) // prettier-ignore
  const sale = takenBack(shop)
  equal(shop.giveAgain(sale, addDays(shop.now, 2)), true)
  equal(statuses(shop), 'canceled, paid, paid, ')
})

test('a sale without an invoice is revenue again, and told under a number of its own', () => {
  const [taken] = paidShop().heldSales()
  assert(taken !== undefined, 'the shop took money')
  const sale = { ...taken, invoiceId: null }
  let made = 500
  const tools = { nextId: () => numberedId((made += 1)), nextToken: () => '' }
  const reason = { code: 'R10', message: null }
  const state = { sale, bill: null, intent: null }
  const back = decideReturn(
    { ...state, closedCase: null, earlierReturns: 1 },
    reason,
    at('2027-02-05'),
    tools,
  )
  const [returned] = back.newTransactions
  assert(returned !== undefined, 'it was taken back')
  const given = { ...state, returnId: returned.id, posted: back.transfers, returns: 2 }
  const again = decideGivenAgain(given, at('2027-02-09'), tools)
  deepEqual(
    again?.transfers.map(({ debit, credit, amountMinor, sourceKind }) => [debit, credit, amountMinor, sourceKind]), // prettier-ignore
    [['gateway_clearing', 'revenue', 4900n, 'return_undone']],
  )
  deepEqual(
    [...back.facts, ...(again?.facts ?? [])].map(({ type, number }) => [type, number]),
    [
      ['payment.returned', 1n],
      ['payment.restored', -2n],
    ],
  )
})

test('a return that is heard only after it was given again is booked both ways, and changes nothing else', () => {
  const [sale] = paidShop().heldSales()
  assert(sale !== undefined, 'the shop took money')
  let made = 500
  const tools = { nextId: () => numberedId((made += 1)), nextToken: () => '' }
  const reason = { code: 'R10', message: null }
  const changes = decideReturnGivenAgain(sale, reason, at('2027-02-05'), tools)
  deepEqual(
    changes.newTransactions.map(({ type, status, responseCode }) => [type, status, responseCode]),
    [['adjustment', 'voided', 'R10']],
  )
  deepEqual(
    balances(changes.transfers).map(({ netMinor }) => netMinor),
    [0n, 0n],
  )
  deepEqual([changes.facts, changes.changedInvoices], [[], []])
})
