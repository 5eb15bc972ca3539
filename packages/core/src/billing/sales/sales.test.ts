import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../../fault/index.ts'
import { balances } from '../../ledger/index.ts'
import { ratio } from '../../money/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import {
  NEW_SALE_LINE,
  type CustomerSale,
  type CustomerSaleLine,
  type SoldTerms,
} from '../../sales/index.ts'
import { UTC } from '../../time/index.ts'
import {
  decideGivenAgain,
  decideReturn,
  decideSettlement,
  startSale,
  voidSale,
  type ChangeSet,
  type SaleWay,
  type SettlementState,
  type SoldState,
} from '../index.ts'
import { emptyChangeSet } from '../state/change-set.ts'
import {
  APPROVED,
  at,
  DECLINED,
  MONTHLY,
  numberedId,
  PENDING,
  POLICY,
  ROUTE,
  SALE_ROW,
  SILENCE,
  textOf,
} from '../test-samples.ts'

const NOW = at('2027-01-31')
const SALE = SALE_ROW.id

/** Renews at 40.00 a month. */
const TERMS: SoldTerms = {
  trialDays: 0,
  trialUnitMinor: 2000n,
  renewalUnitMinor: 4000n,
  trialShipping: 'at_expiration',
  shippingAtTrialEndMinor: 0n,
  frequency: MONTHLY,
  cyclesMax: null,
  fulfillmentType: 'none',
  extras: null,
  usedDiscountIds: [],
}

function line(position: number, more: Partial<CustomerSaleLine> = {}): CustomerSaleLine {
  return {
    ...NEW_SALE_LINE,
    saleId: SALE,
    position,
    kind: 'product',
    invoiceLineId: numberedId(20 + position),
    productId: numberedId(30),
    description: 'Box',
    unitAmountMinor: 5000n,
    amountMinor: 5000n,
    begins: TERMS,
    ...more,
  }
}

/** Two weeks for nothing, then 20.00 and 5.00 of shipping, then 40.00 a month. */
const TRIAL = line(1, {
  amountMinor: 0n,
  unitAmountMinor: 0n,
  begins: { ...TERMS, trialDays: 14, shippingAtTrialEndMinor: 500n },
})
const TAX = line(2, { kind: 'tax', amountMinor: 250n, begins: null, invoiceLineId: null })
const OFF = line(3, { kind: 'discount', amountMinor: 1000n, begins: null, unitAmountMinor: null })

function sold(lines: readonly CustomerSaleLine[], sale: Partial<CustomerSale> = {}): SoldState {
  return {
    sale: { ...SALE_ROW, ...sale },
    lines,
    zone: UTC,
    daysUntilDue: 14,
    policy: POLICY,
    isBuyerGone: false,
    profiles: new Map(),
    priceTerms: new Map(),
  }
}

let made = 1000
const tools = {
  nextId: () => {
    made += 1
    return numberedId(made)
  },
  nextToken: () => 'token',
}

const CHARGE: SaleWay = { kind: 'charge', routes: [ROUTE], cards: new Map() }

function start(state: SoldState, way = CHARGE): ChangeSet {
  const decision = startSale(state, way, NOW, tools)
  assert(decision.kind === 'accepted', 'the sale can be charged')
  return decision.changes
}

const types = (changes: ChangeSet): string => changes.facts.map(({ type }) => type).join(' ')

test('a sale is one invoice of all its lines and one charge, and begins nothing yet', () => {
  const changes = start(sold([line(0), TRIAL, TAX, OFF]))
  const [invoice] = changes.newInvoices
  assert(invoice !== undefined, 'a sale has an invoice')
  // 50.00, less 10.00, and 2.50 of tax.
  deepEqual([invoice.subtotalMinor, invoice.discountMinor, invoice.taxMinor], [5000n, 1000n, 250n])
  equal(changes.newAttempts[0]?.amountMinor, 4250n)
  deepEqual(changes.newLines.map(({ amountMinor }) => amountMinor), [5000n, 0n, -1000n]) // prettier-ignore
  equal(changes.newSubscriptions.length, 0)
  equal(types(changes), 'sale.created invoice.created invoice.finalized')
})

test('a sale that asks for nothing now begins at once', () => {
  const changes = start(sold([TRIAL]))
  deepEqual(changes.newCustomerSales.map(({ status }) => status), ['paid']) // prettier-ignore
  equal(changes.changedCustomerSales.length + changes.newAttempts.length, 0)
  const [subscription] = changes.newSubscriptions
  assert(subscription !== undefined, 'the trial has begun')
  deepEqual([subscription.status, textOf(subscription.trialEnd)], ['trialing', '2027-02-14'])
  deepEqual([subscription.amountMinor, subscription.campaign], [4000n, 'spring'])
  const items = changes.newItems.map((item) => [item.cycleFirst, item.cycleCount, item.unitAmountMinor]) // prettier-ignore
  deepEqual(items, [[1, null, 4000n], [0, 1, 2000n], [0, 1, 500n]]) // prettier-ignore
})

test('goods that go out with their sale are not shipped again when their trial ends', () => {
  const begins = { ...TERMS, trialDays: 14, fulfillmentType: 'physical' } as const
  const price = numberedId(40)
  const scheme = { kind: 'per_unit', unitAmount: ratio(4000n, 1n) } as const
  const terms = {
    currency: SALE_ROW.currency,
    scheme,
    freeUnits: 0n,
    minimumMinor: null,
    maximumMinor: null,
  }
  const atPrice = { trialUnitMinor: null, renewalUnitMinor: null }
  for (const [trialShipping, amounts, expected] of [
    ['at_expiration', {}, '1 physical, 0 physical'],
    ['at_sale', {}, '1 physical, 0 none'],
    ['both', {}, '1 physical, 0 physical'],
    ['at_expiration', atPrice, '0 physical'],
    ['at_sale', atPrice, '1 physical, 0 none'],
  ] as const) {
    const one = { ...TRIAL, priceId: price, begins: { ...begins, ...amounts, trialShipping } }
    const changes = start({ ...sold([one]), priceTerms: new Map([[price, terms]]) })
    const items = changes.newItems.map((item) => `${item.cycleFirst} ${item.fulfillmentType}`)
    equal(items.join(', '), expected, trialShipping)
    equal(changes.newShipments.length, trialShipping === 'at_expiration' ? 0 : 1)
  }
})

test('a sale that was paid by hand begins at once, dated as its money, and its renewals are sent', () => {
  const payment = {
    id: numberedId(60),
    method: 'check',
    reference: '1042',
    paidAt: at('2027-01-29'),
  } as const
  for (const [lines, paid] of [
    [[line(0), TRIAL], '5000 bank 2027-01-29'],
    [[TRIAL], ''], // nothing is owed, so nothing has come
  ] as const) {
    const changes = start(sold(lines), { kind: 'by_hand', payment })
    const booked = changes.transfers.filter(({ sourceKind }) => sourceKind === 'sale')
    equal(booked.map((one) => `${one.amountMinor} ${one.debit} ${textOf(one.at)}`).join(), paid)
    equal(changes.newTransactions.length, booked.length)
    deepEqual(
      changes.newInvoices.map(({ status, collectionMethod }) => [status, collectionMethod]),
      [['paid', 'send_invoice']],
    )
    deepEqual(
      changes.newCustomerSales.map(({ status }) => status),
      ['paid'],
    )
    const ways = new Set(changes.newSubscriptions.map(({ collectionMethod }) => collectionMethod))
    deepEqual([changes.newSubscriptions.length, [...ways]], [lines.length, ['send_invoice']])
    equal(changes.newAttempts.length + changes.changedCustomerSales.length, 0)
  }
})

/** The sale of a box and a trial, charged, as its answer finds it. */
function charged(
  sale: Partial<CustomerSale> = {},
): SettlementState & { readonly issued: ChangeSet['transfers'] } {
  const state = sold([line(0), TRIAL], sale)
  const changes = start(sold([line(0), TRIAL]))
  const [invoice] = changes.newInvoices
  const [attempt] = changes.newAttempts
  assert(invoice !== undefined && attempt !== undefined, 'a sale is charged')
  const { newLines: lines, transfers: issued } = changes
  return { issued, attempt, invoice, lines, renewal: null, billed: null, route: ROUTE, sold: state }
}

/** What each answer makes of the sale: its status, the subscriptions that begin, the invoice. */
const ANSWERS: readonly (readonly [what: string, GatewayOutcome, expected: string])[] = [
  ['approved', APPROVED, 'paid; active 2027-02-28, trialing 2027-02-14; paid'],
  ['declined', DECLINED, 'declined; ; uncollectible'],
  ['on its way', PENDING, 'unchanged; ; unchanged'],
  ['unknown', SILENCE, 'unchanged; ; unchanged'],
]

function outcomeOf(state: SettlementState, outcome: GatewayOutcome): string {
  const { changes } = decideSettlement(state, outcome, NOW, tools)
  const { changedCustomerSales: sales, newSubscriptions, changedInvoices: invoices } = changes
  const begun = newSubscriptions.map(({ status, period }) => `${status} ${textOf(period.end)}`)
  const status = sales[0]?.status ?? 'unchanged'
  equal(changes.begunLines.length, newSubscriptions.length)
  return [status, begun.join(', '), invoices[0]?.status ?? 'unchanged'].join('; ')
}

for (const [what, outcome, expected] of ANSWERS)
  test(`a charge that is ${what} leaves its sale: ${expected}`, () => {
    equal(outcomeOf(charged(), outcome), expected)
  })

test('a declined sale that is paid later begins then; declined again, it is as it was', () => {
  const declined = charged({ status: 'declined' })
  const invoice = { ...declined.invoice, status: 'uncollectible' } as const
  equal(outcomeOf({ ...declined, invoice }, APPROVED), ANSWERS[0]?.[2])
  equal(outcomeOf({ ...declined, invoice }, DECLINED), 'unchanged; ; unchanged')
})

test('what has begun does not begin again, and a voided sale never does', () => {
  const begun = charged({ status: 'partially_paid', begunAt: NOW })
  equal(outcomeOf(begun, APPROVED).replace(/;.*;/, ';'), 'paid; paid')
  equal(outcomeOf(charged({ status: 'voided', voidedAt: NOW }), APPROVED), 'unchanged; ; paid')
})

test('what a customer has bought who was deleted meanwhile ends as it begins', () => {
  const state = charged()
  assert(state.sold !== undefined, 'there is a sale')
  const gone = { ...state, sold: { ...state.sold, isBuyerGone: true } }
  const { changes } = decideSettlement(gone, APPROVED, NOW, tools)
  deepEqual(
    changes.newSubscriptions.map(({ status, cancelReason }) => `${status} ${cancelReason}`),
    ['canceled customer_deleted', 'canceled customer_deleted'],
  )
  ok(!types(changes).includes('activated'))
})

test('money that a bank takes back of a sale that was taken back is asked for no more', () => {
  const state = charged()
  const paid = decideSettlement(state, APPROVED, NOW, tools).changes
  const [sale] = paid.newTransactions
  const [invoice] = paid.changedInvoices
  assert(sale !== undefined && invoice !== undefined, 'the sale was paid')
  for (const [refundedMinor, status] of [
    [0n, 'void'],
    [sale.amountMinor, 'uncollectible'],
  ] as const) {
    // prettier-ignore
    const voided = sold([line(0), TRIAL], { status: 'voided', begunAt: NOW, voidedAt: NOW })
    const bill = { ...state, invoice: { ...invoice, refundedMinor }, sold: voided }
    const returned = { sale, bill, intent: null, closedCase: null, earlierReturns: 0 }
    const changes = decideReturn(returned, { code: 'R01', message: null }, NOW, tools)
    deepEqual(changes.changedInvoices.map((one) => one.status), [status]) // prettier-ignore
    const transfers = [...state.issued, ...paid.transfers, ...changes.transfers]
    const receivable = balances(transfers).find(({ account }) => account === 'receivable')
    equal(receivable?.netMinor ?? 0n, 0n)
  }
})

test('a sale whose money a bank took back is paid once it is given again', () => {
  const state = charged()
  const paid = decideSettlement(state, APPROVED, NOW, tools).changes
  const [sale, invoice, before] = [paid.newTransactions[0], paid.changedInvoices[0], paid.changedCustomerSales[0]] // prettier-ignore
  assert(sale !== undefined && invoice !== undefined && before !== undefined, 'it was paid')
  const bill = { ...state, invoice, sold: sold([line(0), TRIAL], before) }
  const returning = { sale, bill, intent: null, closedCase: null, earlierReturns: 0 }
  const back = decideReturn(returning, { code: 'R01', message: null }, NOW, tools)
  const [owed, declined, returned] = [back.changedInvoices[0], back.changedCustomerSales[0], back.newTransactions[0]] // prettier-ignore
  assert(owed !== undefined && declined !== undefined && returned !== undefined, 'it is owed again')
  equal(declined.status, 'declined')
  const owing = { ...bill, invoice: owed, sold: sold([line(0), TRIAL], declined) }
  const undone = { returnId: returned.id, posted: back.transfers, returns: 1 }
  const again = decideGivenAgain({ sale, bill: owing, intent: null, ...undone }, NOW, tools)
  assert(again !== null, 'it is still owed')
  deepEqual(
    [...again.changedInvoices, ...again.changedCustomerSales].map(({ status }) => status),
    ['paid', 'paid'],
  )
  deepEqual(again.newSubscriptions, [], 'what it has begun does not begin again')
  deepEqual(
    again.facts.map(({ type }) => type),
    ['payment.restored', 'invoice.paid', 'sale.paid'],
  )
})

test('taking a sale back ends its open bill, once', () => {
  const { sold: state, invoice, lines } = charged()
  assert(state !== undefined, 'there is a sale')
  const work = { at: NOW, tools, changes: emptyChangeSet() }
  voidSale(state, { invoice, lines }, work)
  deepEqual(work.changes.changedInvoices.map(({ status }) => status), ['void']) // prettier-ignore
  const partly = { at: NOW, tools, changes: emptyChangeSet() }
  const part = { ...invoice, status: 'partially_paid', paidMinor: 2000n } as const
  partly.changes.changedInvoices.push({ ...part, refundedMinor: 2000n })
  voidSale(state, { invoice: part, lines }, partly)
  const [ended, ...others] = partly.changes.changedInvoices
  deepEqual([ended?.status, ended?.refundedMinor, others.length], ['uncollectible', 2000n, 0])
  const credited = { at: NOW, tools, changes: emptyChangeSet() }
  voidSale(state, { invoice: { ...invoice, creditedMinor: 500n }, lines }, credited)
  deepEqual(credited.changes.changedInvoices.map(({ status }) => status), ['uncollectible']) // prettier-ignore
  ok(types(partly.changes).endsWith('sale.voided'))
})
