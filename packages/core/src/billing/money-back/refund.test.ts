import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../../fault/index.ts'
import {
  refundTransfers,
  saleTransfers,
  type Refund,
  type RefundWish,
  type Sale,
} from '../../payments/index.ts'
import {
  decideRefund,
  decideRefunds,
  decideRefundSettlement,
  decideRefundStart,
  decideToldRefund,
  decideVoid,
  decideVoidFailed,
  decideVoidInstead,
  decideVoidSettlement,
  type RefundablePayment,
  type RefundableSale,
} from '../index.ts'
import { APPROVED, at, DECLINED, numberedId, SALE_ROW, usd } from '../test-samples.ts'
import { paidShop } from '../test-shop.ts'
import { GONE, SENT_BACK } from './test-desk.ts'

const NOW = at('2027-02-03')
let made = 500
const tools = { nextId: () => numberedId((made += 1)), nextToken: () => 'token' }

function sale(number: number, amountMinor: bigint, more: Partial<Sale> = {}): Sale {
  return {
    id: numberedId(number),
    type: 'sale',
    status: 'succeeded',
    parentTransactionId: null,
    attemptId: numberedId(number + 100),
    invoiceId: numberedId(3),
    paymentIntentId: null,
    subscriptionId: null,
    customerId: numberedId(4),
    gatewayId: numberedId(5),
    amountMinor,
    refundedMinor: 0n,
    takenBackMinor: 0n,
    refundCount: 0,
    currency: usd(),
    gatewayReference: `ch_${number}`,
    responseCode: null,
    responseText: null,
    methodType: 'card',
    cardBrand: 'visa',
    cardLast4: '4242',
    createdAt: at('2027-02-01'),
    ...more,
  }
}

const WISH: Omit<RefundWish, 'id'> = {
  amountMinor: null,
  mode: 'at_once',
  reason: null,
  reasonDetails: null,
  creditNoteId: null,
  realNow: at('2030-01-01'),
}

const [issued] = paidShop().invoices.values()
assert(issued !== undefined, 'the shop has sold something')
const paid = (paidMinor: bigint) => ({
  ...issued,
  id: numberedId(3),
  customerId: numberedId(4),
  subtotalMinor: paidMinor,
  totalMinor: paidMinor,
  paidMinor,
})

const bill = (paidMinor: bigint) => ({
  invoice: paid(paidMinor),
  renewal: { id: numberedId(9), status: 'paid' as const },
  givenBack: { refundedMinor: 0n, refundedTaxMinor: 0n, notedMinor: 0n, notedTaxMinor: 0n },
})

const SPREADS: readonly (readonly [
  payments: readonly bigint[],
  wanted: bigint | null,
  isSpread: boolean,
  result: string,
])[] = [
  [[2000n, 1000n], 2500n, true, '2000 + 500, renewal partially_refunded'], // the newest first
  [[2000n, 1000n], null, true, '2000 + 1000, renewal refunded'],
  [[2000n, 1000n], 900n, false, '900, renewal partially_refunded'],
  [[1000n, 2000n], 1500n, false, '1500, renewal partially_refunded'], // the newest that has enough
  [[2000n, 1000n], 2500n, false, 'no_single_payment_covers'],
  [[2000n, 1000n], 3001n, true, 'refund_above_rest'],
]

test('an invoice is refunded out of its payments, and each row is written once', () => {
  for (const [amounts, amountMinor, isSpread, result] of SPREADS) {
    const total = amounts.reduce((sum, amount) => sum + amount, 0n)
    const payments = amounts.map((amount, index): RefundablePayment => {
      return { sale: sale(20 + index, amount), ability: 'partial', refundId: tools.nextId() }
    })
    const wish = { ...WISH, amountMinor, isSpread }
    const decided = decideRefunds(bill(total), payments, wish, { at: NOW, tools })
    if (decided.kind === 'refused') {
      equal(decided.code, result)
      continue
    }
    const { refunds, changes } = decided
    const given = refunds.map((refund) => String(refund.amountMinor)).join(' + ')
    const [renewal, ...others] = changes.changedRenewals
    equal(`${given}, renewal ${renewal?.status}`, result)
    deepEqual([others.length, changes.changedInvoices.length], [0, 1])
    const sum = refunds.reduce((whole, refund) => whole + refund.amountMinor, 0n)
    equal(changes.changedInvoices[0]?.refundedMinor, sum)
    equal(changes.transfers.length, 0)
  }
})

const LINES: readonly (readonly [leftMinor: bigint, wanted: bigint | null, result: string])[] = [
  [1500n, null, '1000 + 500'], // the newest first
  [1500n, 1200n, '1000 + 200'],
  [1500n, 1501n, 'refund_above_line'],
  [0n, null, 'line_already_refunded'],
  [-100n, 50n, 'line_already_refunded'], // a discount
  [5000n, null, '1000 + 2000'], // its discount has never been paid
]

test('a line gives back what is left of its price, and what gives it back belongs together', () => {
  const lineId = numberedId(70)
  for (const [leftMinor, amountMinor, result] of LINES) {
    const payments = [1000n, 2000n].map((paidMinor, index): RefundablePayment => {
      return { sale: sale(20 + index, paidMinor), ability: 'partial', refundId: tools.nextId() }
    })
    const wish = { ...WISH, amountMinor, isSpread: true, line: { id: lineId, leftMinor } }
    const decided = decideRefunds(bill(3000n), payments, wish, { at: NOW, tools })
    if (decided.kind === 'refused') {
      equal(decided.code, result)
      continue
    }
    const [first, second] = decided.refunds
    assert(first !== undefined, 'something goes back')
    equal(decided.refunds.map((refund) => String(refund.amountMinor)).join(' + '), result)
    deepEqual([first.invoiceLineId, first.firstRefundId], [lineId, null])
    deepEqual([second?.invoiceLineId, second?.firstRefundId], [lineId, first.id])
  }
})

const TAKEN: readonly (readonly [
  takenBack: readonly bigint[],
  wanted: bigint | null,
  result: string,
])[] = [
  [[2000n, 0n], null, '1000'], // a bank has the other
  [[500n, 1000n], null, '1500'],
  [[2000n, 1000n], null, 'payment_taken_back'],
  [[2000n, 0n], 1500n, 'refund_above_rest'],
]

test('all that is left of an invoice is not what a bank has taken of it', () => {
  for (const [takenBack, amountMinor, result] of TAKEN) {
    const payments = takenBack.map((takenBackMinor, index): RefundablePayment => {
      const paidMinor = index === 0 ? 2000n : 1000n
      const one = sale(40 + index, paidMinor, { takenBackMinor })
      return { sale: one, ability: 'partial', refundId: tools.nextId() }
    })
    const wish = { ...WISH, amountMinor, isSpread: true }
    const decided = decideRefunds(bill(3000n), payments, wish, { at: NOW, tools })
    const sum =
      decided.kind === 'refused'
        ? decided.code
        : decided.refunds.reduce((whole, refund) => whole + refund.amountMinor, 0n)
    equal(String(sum), result)
  }
})

function delayed(): { readonly refund: Refund; readonly after: RefundableSale } {
  const recent = sale(30, 4000n, { createdAt: at('2027-02-02') })
  const wish = { ...WISH, id: tools.nextId(), amountMinor: 1500n, mode: 'delayed' as const }
  const given = { ability: 'partial' as const, at: NOW, tools }
  const decided = decideRefund({ ...bill(4000n), sale: recent }, wish, given)
  assert(decided.kind === 'accepted', 'the payment can be refunded')
  return decided
}

test('a pending refund is sent when it is due, or canceled when a bank was faster', () => {
  const { refund, after } = delayed()
  equal(refund.status, 'pending')
  const due = { at: at('2027-02-05'), realNow: at('2030-01-01') }
  const sent = decideRefundStart({ ...after, refund }, due)
  deepEqual([sent.refund.status, sent.changes.changedSales.length], ['processing', 0])

  const disputed = { ...after, sale: { ...after.sale, takenBackMinor: 4000n } }
  const canceled = decideRefundStart({ ...disputed, refund }, due)
  deepEqual(
    [
      canceled.refund.status,
      canceled.refund.failure?.code,
      canceled.changes.changedSales[0]?.refundedMinor,
      canceled.changes.changedInvoices[0]?.refundedMinor,
      canceled.changes.changedRenewals,
    ],
    ['canceled', 'payment_taken_back', 0n, 0n, [{ id: numberedId(9), status: 'paid' }]],
  )
})

test('a refund that fails frees its amount at the payment, the invoice and the renewal', () => {
  const { refund, after } = delayed()
  const due = { at: at('2027-02-05'), realNow: at('2030-01-01') }
  const sent = decideRefundStart({ ...after, refund }, due).refund
  const failure = { code: 'closed', message: null }
  const outcome = { kind: 'failed', gatewayReference: null, failure } as const
  const state = { ...after, refund: sent, posted: [], note: null }
  const { result, changes } = decideRefundSettlement(state, outcome, due.at, tools)
  equal(result, 'failed')
  equal(changes.changedSales[0]?.refundedMinor, 0n)
  equal(changes.changedInvoices[0]?.refundedMinor, 0n)
  deepEqual(changes.changedRenewals, [{ id: numberedId(9), status: 'paid' }])
  deepEqual(
    changes.facts.map(({ type }) => type),
    ['refund.failed'],
  )
  equal(changes.newTransactions[0]?.status, 'failed')
  equal(changes.transfers.length, 0)
})

const TAXED = { ...paid(12_000n), subtotalMinor: 10_000n, taxMinor: 2000n, refundedMinor: 6000n }

/** The end of a refund of half of `TAXED`, what had stood of it in the ledger, and what is booked then. */
const ENDS = [
  [
    'paid',
    'processing',
    'succeeded',
    ['refunds<gateway_clearing 6000', 'tax_payable<refunds 1000'],
  ],
  ['void', 'processing', 'succeeded', ['refunds<gateway_clearing 6000']], // no tax is borne
  ['void', 'succeeded', 'failed', ['gateway_clearing<refunds 6000']], // its tax was undone with the void
] as const

test('a refund of a void invoice takes no tax back, and brings none when it comes back', () => {
  for (const [status, before, end, booked] of ENDS) {
    const { refund, after } = delayed()
    const asked = { ...refund, status: before, amountMinor: 6000n, sendAt: null }
    const money = refundTransfers(asked, 0n, { at: NOW, nextId: tools.nextId })
    const posted = before === 'succeeded' ? money : []
    const sold = { ...sale(20, 12_000n), refundedMinor: 6000n }
    const invoice = { ...TAXED, status }
    const state = { ...after, sale: sold, invoice, refund: asked, posted, note: null }
    const outcome = end === 'failed' ? SENT_BACK : GONE
    const { changes } = decideRefundSettlement(state, outcome, NOW, tools)
    deepEqual(
      changes.transfers.map((each) => `${each.debit}<${each.credit} ${each.amountMinor}`),
      booked,
    )
  }
})

/** A payment of which nothing else is known. */
const NOTHING_ELSE = {
  intent: null,
  lines: [],
  isBeingPaid: false,
  failedVoids: 0,
  closedCase: null,
}

test('a payment that a bank took back while it was being voided is not undone a second time', () => {
  const state = { ...bill(1000n), sale: sale(30, 1000n) }
  const wish = { id: tools.nextId(), reason: null, reasonCode: null, endsInvoice: false }
  const asked = decideVoid(state, wish, { isAble: true, at: NOW })
  assert(asked.kind === 'accepted', 'an unsettled payment can be voided')
  const { paymentVoid } = asked
  const found = { ...state, sale: { ...state.sale, takenBackMinor: 1000n } }
  const voiding = { ...found, paymentVoid, posted: [], ...NOTHING_ELSE }
  const { result, changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
  equal(result, 'succeeded')
  deepEqual([changes.voidedTransactions, changes.changedInvoices, changes.transfers], [[], [], []])
})

test('a bill is owed again without its payment, or ends with it', () => {
  for (const [endsInvoice, status, told] of [
    [false, 'overdue', 'payment.voided'],
    [true, 'void', 'invoice.voided payment.voided'],
  ] as const) {
    const before = { ...bill(1000n), sale: sale(30, 1000n) }
    const wish = { id: tools.nextId(), reason: null, reasonCode: null, endsInvoice }
    const asked = decideVoid(before, wish, { isAble: true, at: NOW })
    assert(asked.kind === 'accepted', 'an unsettled payment can be voided')
    const posted = saleTransfers(before.sale, tools.nextId)
    const voiding = { ...before, paymentVoid: asked.paymentVoid, posted, ...NOTHING_ELSE }
    const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
    const facts = changes.facts.map(({ type }) => type).filter((type) => type !== 'void.succeeded')
    deepEqual(
      [changes.changedInvoices.length, changes.changedRenewals[0]?.status, facts.join(' ')],
      [1, status, told],
    )
  }
})

test('a bill stays when a payment of it is called off while another charge of it is under way', () => {
  const before = { ...bill(1000n), sale: sale(30, 1000n) }
  const wish = { id: tools.nextId(), reason: null, reasonCode: null, endsInvoice: true }
  const asked = decideVoid(before, wish, { isAble: true, at: NOW })
  assert(asked.kind === 'accepted', 'an unsettled payment can be voided')
  const { paymentVoid } = asked
  const posted = saleTransfers(before.sale, tools.nextId)
  const voiding = { ...before, paymentVoid, posted, ...NOTHING_ELSE, isBeingPaid: true }
  const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
  deepEqual(changes.changedInvoices.map(({ status, paidMinor }) => [status, paidMinor]), [['finalized', 0n]]) // prettier-ignore
  deepEqual(changes.changedRenewals[0]?.status, 'overdue')
})

test('a bill whose credit has been given back stays when its payment is called off', () => {
  const invoice = { ...paid(1000n), creditAppliedMinor: 400n, creditedMinor: 400n }
  const before = { ...bill(1000n), invoice, sale: sale(30, 600n) }
  const wish = { id: tools.nextId(), reason: null, reasonCode: null, endsInvoice: true }
  const asked = decideVoid(before, wish, { isAble: true, at: NOW })
  assert(asked.kind === 'accepted', 'the credit note gives back none of this payment')
  const posted = saleTransfers(before.sale, tools.nextId)
  const voiding = { ...before, paymentVoid: asked.paymentVoid, posted, ...NOTHING_ELSE }
  const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
  deepEqual(
    changes.changedInvoices.map(({ status, paidMinor }) => [status, paidMinor]),
    [['partially_paid', 400n]],
  )
  deepEqual([changes.balanceChanges, changes.changedRenewals[0]?.status], [[], 'overdue'])
})

/** A void of the 6.00 of a bill of 10.00, of whose other payment 2.00 were refunded. */
function voidingBesideRefund() {
  const invoice = { ...paid(1000n), refundedMinor: 200n }
  const renewal = { id: numberedId(9), status: 'partially_refunded' as const }
  const before = { invoice, renewal, sale: sale(30, 600n) }
  const wish = { id: tools.nextId(), reason: null, reasonCode: null, endsInvoice: false }
  const asked = decideVoid(before, wish, { isAble: true, at: NOW })
  assert(asked.kind === 'accepted', 'it is of the other payment that some was refunded')
  const posted = saleTransfers(before.sale, tools.nextId)
  return { ...before, paymentVoid: asked.paymentVoid, posted, ...NOTHING_ELSE }
}

test('a renewal that was refunded in part is overdue without its other payment, and not recovered', () => {
  const shop = paidShop()
  shop.work(at('2027-03-01'), [DECLINED, APPROVED])
  const [closedCase] = shop.cases.values()
  assert(closedCase?.state === 'recovered', 'the declined renewal was recovered')
  const voiding = { ...voidingBesideRefund(), closedCase }
  const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
  deepEqual(
    [changes.changedRenewals[0]?.status, changes.changedCases.map(({ state }) => state)],
    ['overdue', ['canceled']],
  )
})

test('a renewal that was refunded in part is so again when the void of its other payment fails after all', () => {
  const voiding = voidingBesideRefund()
  const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
  const [paymentVoid] = changes.changedVoids
  const [owed] = changes.changedInvoices
  assert(paymentVoid !== undefined && owed !== undefined, 'the payment was called off')
  const called = {
    ...voiding,
    paymentVoid,
    invoice: owed,
    reversed: changes.transfers,
    sale: { ...voiding.sale, status: 'voided' as const },
    renewal: { ...voiding.renewal, status: 'overdue' as const },
  }
  const failure = { code: 'REFUND_FAILED', message: null }
  const failed = decideVoidFailed(called, failure, NOW, tools)
  deepEqual(failed.changes.changedInvoices.map(({ status, paidMinor }) => [status, paidMinor]), [['paid', 1000n]]) // prettier-ignore
  deepEqual(failed.changes.changedRenewals, [voiding.renewal])
})

test('a sale is unpaid without its payment, whether its bill is owed again or ends', () => {
  for (const [endsInvoice, told] of [
    [false, 'sale.declined payment.voided'],
    [true, 'invoice.voided sale.declined payment.voided'],
  ] as const) {
    const { invoice } = bill(1000n)
    const before = { invoice, renewal: null, sale: sale(30, 1000n) }
    const wish = { id: tools.nextId(), reason: null, reasonCode: null, endsInvoice }
    const asked = decideVoid(before, wish, { isAble: true, at: NOW })
    assert(asked.kind === 'accepted', 'an unsettled payment can be voided')
    const sold = { sale: { ...SALE_ROW, status: 'paid' as const }, lines: [] }
    const posted = saleTransfers(before.sale, tools.nextId)
    const { paymentVoid } = asked
    const voiding = { ...before, sold, paymentVoid, posted, ...NOTHING_ELSE }
    const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, NOW, tools)
    const facts = changes.facts.map(({ type }) => type).filter((type) => type !== 'void.succeeded')
    equal(facts.join(' '), told)
    deepEqual(changes.changedCustomerSales.map(({ status }) => status), ['declined']) // prettier-ignore
  }
})

const TOLD: readonly (readonly [
  amountMinor: bigint,
  sale: Partial<Sale>,
  creditedMinor: bigint,
  result: string,
])[] = [
  [900n, {}, 0n, 'succeeded 900, of the invoice 900, posted 900'],
  [2900n, {}, 0n, 'succeeded 2900, of the invoice 2900, posted 2900'],
  [2000n, { refundedMinor: 900n, refundCount: 1 }, 0n, 'succeeded 2000, of the invoice 2000, posted 2000'], // prettier-ignore
  [2001n, { refundedMinor: 900n, refundCount: 1 }, 0n, 'refund_above_rest'],
  [900n, { takenBackMinor: 2900n }, 0n, 'payment_taken_back'],
  [900n, { refundedMinor: 2900n }, 0n, 'payment_already_refunded'],
  [900n, { status: 'voided' }, 0n, 'payment_not_refundable'],
  // What credit notes have given back already is not given back again.
  [2500n, {}, 500n, 'refund_above_rest'],
]

test('what somebody gave back at the gateway is booked with its end, where it fits what is booked', () => {
  for (const [amountMinor, more, creditedMinor, result] of TOLD) {
    const state = {
      ...bill(2900n),
      invoice: { ...paid(2900n), creditedMinor },
      sale: sale(20, 2900n, more),
    }
    const outcome = { kind: 'succeeded', gatewayReference: 're_there' } as const
    const told = { id: tools.nextId(), amountMinor, outcome, realNow: at('2030-01-01') }
    const decided = decideToldRefund(state, told, { at: NOW, tools })
    if (decided.kind === 'refused') {
      equal(decided.code, result)
      continue
    }
    const { refund, changes } = decided
    const [invoice] = changes.changedInvoices
    const posted = changes.transfers.reduce((sum, transfer) => sum + transfer.amountMinor, 0n)
    equal(`${refund.status} ${refund.amountMinor}, of the invoice ${invoice?.refundedMinor}, posted ${posted}`, result) // prettier-ignore
    deepEqual([changes.newRefunds, changes.changedRefunds], [[refund], []])
    equal(refund.gatewayReference, 're_there')
    deepEqual(
      changes.facts.map(({ type }) => type),
      ['refund.created', 'refund.succeeded', 'payment.refunded'],
    )
  }
})

const INSTEAD: readonly (readonly [
  wanted: bigint | null,
  code: string,
  paidMinor: bigint,
  isAble: boolean,
  result: string | null,
])[] = [
  [null, 'not_settled', 2900n, true, 'processing 2900, ends its invoice: true, duplicate'],
  [null, 'not_settled', 2900n, false, 'gateway_cannot_void'],
  [null, 'card_expired', 2900n, true, null],
  [2000n, 'not_settled', 2900n, true, null],
  [null, 'not_settled', 4000n, true, null], // something else has paid the invoice too
]

test('a whole refund that is turned down because nothing has settled yet becomes a void', () => {
  for (const [amountMinor, code, paidMinor, isAble, result] of INSTEAD) {
    const wish = { ...WISH, id: tools.nextId(), amountMinor, reason: 'duplicate' } as const
    const state = { ...bill(paidMinor), sale: sale(20, 2900n) }
    const asked = decideRefund(state, wish, { ability: 'partial', at: NOW, tools })
    assert(asked.kind === 'accepted', 'it can be refunded')
    const failure = { code, message: null }
    const refund: Refund = { ...asked.refund, status: 'failed', failure }
    const decided = decideVoidInstead(state, refund, { id: tools.nextId(), isAble, at: NOW })
    const said =
      decided?.kind === 'accepted'
        ? `${decided.paymentVoid.status} ${decided.paymentVoid.amountMinor}, ends its invoice: ${decided.paymentVoid.endsInvoice}, ${decided.paymentVoid.reasonCode}`
        : (decided?.code ?? null)
    equal(said, result)
  }
})
