import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assert } from '../../fault/index.ts'
import { NEW_INVOICE, type Invoice } from '../../invoices/index.ts'
import { parseCurrency, type Currency } from '../../money/index.ts'
import { addDays } from '../../time/index.ts'
import { at, numberedId } from '../test-samples.ts'
import { Desk } from './test-desk.ts'

const GATEWAYS = [numberedId(71), numberedId(72), null] as const
const NOW = at('2027-02-01')

function currencyOf(code: string): Currency {
  const currency = parseCurrency(code)
  assert(currency !== null, 'a known currency')
  return currency
}

type Bill = {
  readonly lines: readonly bigint[]
  readonly discountPercent: bigint
  readonly taxPercents: readonly bigint[]
  readonly currency: string
  /** What its customer holds as credit beforehand. */
  readonly creditMinor: bigint
}

/** Of several lines, each with a tax of its own that is rounded by itself. */
function issued({ lines, discountPercent, taxPercents, currency }: Bill): Invoice {
  const subtotalMinor = lines.reduce((sum, minor) => sum + minor, 0n)
  const discountMinor = (subtotalMinor * discountPercent) / 100n
  const taxMinor = lines.reduce((sum, minor, index) => {
    const percent = taxPercents[index % taxPercents.length] ?? 0n
    return sum + (minor * percent * (100n - discountPercent)) / 10_000n
  }, 0n)
  return {
    ...NEW_INVOICE,
    id: numberedId(3),
    customerId: numberedId(4),
    subscriptionId: null,
    billingReason: 'manual',
    status: 'sent',
    currency: currencyOf(currency),
    subtotalMinor,
    discountMinor,
    taxMinor,
    totalMinor: subtotalMinor - discountMinor + taxMinor,
    collectionMethod: 'send_invoice',
    period: null,
    finalizedAt: NOW,
    sentAt: NOW,
    createdAt: NOW,
    updatedAt: NOW,
  }
}

const bills = fc.record({
  lines: fc.array(fc.bigInt({ min: 1n, max: 50_000n }), { minLength: 1, maxLength: 4 }),
  discountPercent: fc.constantFrom(0n, 0n, 10n, 33n),
  taxPercents: fc.array(fc.constantFrom(0n, 7n, 19n, 20n), { minLength: 1, maxLength: 3 }),
  currency: fc.constantFrom('USD', 'JPY', 'KWD', 'EUR'),
  creditMinor: fc.constantFrom(0n, 0n, 500n, 40_000n),
})

/** The more often named, the more often taken; a bill that is void stays so. */
const STEPS = [
  ...Array.from({ length: 4 }, () => ['pay', 'refund', 'answer'] as const).flat(),
  'return',
  'undo',
  'undo',
  'return',
  'give_again',
  'call_off',
  'answer_void',
  'answer_void',
  'fail_void',
  'note',
  'note_with_tax',
  'note_by_refund',
  'note_by_refund_with_tax',
  'void_note',
  'dispute',
  'win',
  'void_bill',
  'write_off',
] as const

type Step = {
  readonly what: (typeof STEPS)[number]
  readonly which: number
  readonly percent: bigint
  readonly isSo: boolean
}

const steps = fc.array(
  fc.record({
    what: fc.constantFrom(...STEPS),
    which: fc.nat({ max: 7 }),
    percent: fc.constantFrom(1n, 33n, 50n, 67n, 100n),
    isSo: fc.boolean(),
  }),
  { minLength: 10, maxLength: 60, size: 'max' },
)

/** A part of it, of one unit at least. */
function partOf(minor: bigint, percent: bigint): bigint {
  const part = (minor * percent) / 100n
  return part > 0n ? part : 1n
}

function pick<T>(all: Iterable<T>, which: number): T | undefined {
  const list = [...all]
  return list[which % Math.max(list.length, 1)]
}

function take(desk: Desk, { what, which, percent, isSo }: Step): void {
  desk.at = addDays(desk.at, 1)
  const { invoice } = desk
  const saleId = pick(desk.sales.keys(), which)
  const owed = partOf(invoice.totalMinor - invoice.paidMinor, percent)
  const creditable = partOf(desk.creditableMinor(), percent)
  const taxOf = (minor: bigint) => (minor * invoice.taxMinor) / invoice.totalMinor
  switch (what) {
    case 'pay':
      return desk.pay(owed, GATEWAYS[which % GATEWAYS.length] ?? null)
    case 'note':
      return desk.credit(isSo ? 'external' : 'customer_balance', creditable, null)
    case 'note_with_tax':
      return desk.credit(isSo ? 'external' : 'customer_balance', creditable, taxOf(creditable))
    case 'note_by_refund':
      return desk.credit('refund_to_payment_method', creditable, null)
    case 'note_by_refund_with_tax':
      return desk.credit('refund_to_payment_method', creditable, taxOf(creditable))
    case 'void_note': {
      const note = pick(desk.notes.values(), which)
      if (note !== undefined) desk.voidNote(note)
      return
    }
    case 'answer':
    case 'undo': {
      const wanted = what === 'answer' ? 'processing' : 'succeeded'
      const fitting = [...desk.refunds.values()].filter(
        ({ status, gatewayId }) => status === wanted && gatewayId !== null,
      )
      const refund = pick(fitting, which)
      const end = what === 'answer' && !isSo ? 'succeeded' : 'failed'
      if (refund !== undefined) desk.answerRefund(refund.id, end)
      return
    }
    case 'fail_void': {
      const paymentVoid = pick(desk.voids.values(), which)
      if (paymentVoid !== undefined) desk.failVoid(paymentVoid)
      return
    }
    case 'answer_void': {
      const waiting = [...desk.voids.values()].filter(({ status }) => status === 'processing')
      const paymentVoid = pick(waiting, which)
      const kind = percent > 1n ? 'voided' : 'refused'
      if (paymentVoid !== undefined) desk.answerVoid(paymentVoid, kind)
      return
    }
    case 'void_bill':
      return desk.voidBill()
    case 'write_off':
      return desk.writeOff()
    case 'refund':
    case 'return':
    case 'give_again':
    case 'call_off':
    case 'dispute':
    case 'win': {
      if (saleId === undefined) return
      const sale = desk.sales.get(saleId)
      const part = partOf(sale?.amountMinor ?? 0n, percent)
      if (what === 'refund') return desk.refund(saleId, part)
      if (what === 'return') return desk.takeBack(saleId)
      if (what === 'give_again') return desk.giveAgain(saleId)
      if (what === 'call_off') return desk.callOff(saleId, isSo)
      return desk.dispute(saleId, what === 'dispute' ? 'needs_response' : 'won', part)
    }
  }
}

function assertFolds(desk: Desk): void {
  const { invoice } = desk
  const ledger = desk.ledger()
  const isVoid = invoice.status === 'void'
  const isLost = invoice.status === 'uncollectible'
  const owedMinor = invoice.totalMinor - invoice.paidMinor
  equal(ledger.receivable, isVoid || isLost ? 0n : owedMinor, 'what is owed')
  equal(ledger.write_offs, isLost ? owedMinor : 0n, 'what is lost')
  equal(ledger.revenue, isVoid ? 0n : invoice.subtotalMinor, 'what was sold')
  equal(ledger.discounts, isVoid ? 0n : invoice.discountMinor, 'what was taken off')
  for (const gatewayId of GATEWAYS.filter((id) => id !== null)) {
    const fees = desk.ledger(gatewayId).dispute_fees
    equal(desk.ledger(gatewayId).gateway_clearing, desk.heldAt(gatewayId) - fees, 'clearing')
  }
  const external = [...desk.notes.values()].filter(
    (note) => note.creditMethod === 'external' && note.status === 'issued',
  )
  const outside = external.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  equal(ledger.bank, desk.heldAt(null) - outside, 'the bank')
  equal(ledger.customer_credit, desk.balanceMinor - desk.openingMinor, 'credit')
  equal(ledger.disputes, desk.heldMinor(), 'chargebacks')

  const backMinor = (isVoid ? 0n : invoice.taxMinor) - ledger.tax_payable
  ok(backMinor >= 0n && ledger.tax_payable >= 0n, `tax folds to ${ledger.tax_payable}`)
  if (isVoid) equal(ledger.tax_payable, 0n, 'a void bill bears no tax')
  const refunds = [...desk.refunds.values()].filter(({ status }) => status === 'succeeded')
  const notes = [...desk.notes.values()].filter(
    ({ status, creditMethod }) =>
      (status === 'issued' || status === 'applied') && creditMethod !== 'refund_to_payment_method',
  )
  const gone = [...refunds, ...notes].reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  equal(ledger.refunds, gone - backMinor, 'what was given back, net of tax')
  const tellsTax = [...desk.notes.values()].some((note) => note.taxAmountMinor !== null)
  const refunded = refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  if (tellsTax || isVoid) return
  if (refunded === invoice.totalMinor) equal(backMinor, invoice.taxMinor, 'all of it is back')
  // In proportion, but for a unit of each refund.
  const offBy = backMinor * invoice.totalMinor - refunded * invoice.taxMinor
  const bound = BigInt(desk.refunds.size) * invoice.totalMinor
  ok(offBy <= bound && -offBy <= bound, `${backMinor} of tax went back with ${refunded}`)
}

test('whatever comes and goes back of a taxed bill, every account folds to what it says', () => {
  fc.assert(
    fc.property(bills, steps, (bill, taken) => {
      const desk = new Desk(issued(bill), bill.creditMinor)
      assertFolds(desk)
      for (const step of taken) {
        take(desk, step)
        assertFolds(desk)
      }
    }),
    { numRuns: 200 },
  )
})
