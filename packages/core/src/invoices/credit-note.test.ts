import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../fault/index.ts'
import {
  applyCredit,
  concludeCreditNote,
  creditableMinor,
  creditNoteTransfers,
  creditReturnTransfers,
  creditTransfers,
  reduceCreditNote,
  reducedNoteTransfers,
  voidCreditNote,
  voidedNoteTransfers,
  writeCreditNote,
  type CreditNote,
  type CreditNoteGiven,
  type CreditNoteWish,
  type Invoice,
} from './index.ts'
import { at, idMaker, invoiceIn, numberedId } from './test-invoice.ts'

const NOW = at('2027-03-01')
const GIVEN: CreditNoteGiven = { at: NOW, taxBackMinor: 0n, heldMinor: 0n }

/** 110.00 paid, 10.00 of it tax. */
function paid(more: Partial<Invoice> = {}): Invoice {
  return invoiceIn('paid', more)
}

function wish(more: Partial<CreditNoteWish> = {}): CreditNoteWish {
  return {
    id: numberedId(50),
    creditMethod: 'customer_balance',
    amountMinor: 2000n,
    taxAmountMinor: null,
    reason: null,
    reasonCode: null,
    isProrated: false,
    prorationDaysTotal: null,
    prorationDaysUnused: null,
    idempotencyKey: null,
    cancelsSubscription: false,
    metadata: {},
    ...more,
  }
}

test('what can be credited is what was paid and not given back', () => {
  const { paidMinor } = paid()
  equal(creditableMinor(paid()), paidMinor)
  equal(creditableMinor(paid({ refundedMinor: 1000n, creditedMinor: 500n })), paidMinor - 1500n)
  equal(creditableMinor(paid({ refundedMinor: paidMinor + 1n })), 0n)
  equal(creditableMinor(paid({ refundedMinor: 1000n }), 3000n), paidMinor - 4000n)
})

const WRITTEN: readonly (readonly [
  Partial<Invoice>,
  Partial<CreditNoteWish>,
  result: string,
  given?: Partial<CreditNoteGiven>,
])[] = [
  [{}, {}, 'issued, 2000 credited'],
  [{}, { creditMethod: 'external' }, 'issued, 2000 credited'],
  [{}, { creditMethod: 'refund_to_payment_method' }, 'pending, 0 credited'],
  [{ status: 'sent', paidMinor: 0n }, {}, 'invoice_not_creditable'],
  [{ paidMinor: 1999n, status: 'partially_paid' }, {}, 'credit_above_paid'],
  [{ refundedMinor: 9001n, totalMinor: 11_000n, paidMinor: 11_000n }, {}, 'credit_above_paid'],
  [{}, {}, 'issued, 2000 credited', { heldMinor: 9000n }], // of 110.00
  [{}, {}, 'credit_above_paid', { heldMinor: 9001n }],
  [{}, {}, 'invoice_not_creditable', { heldMinor: 11_000n }],
  [{}, { taxAmountMinor: 2001n }, 'tax_above_amount'],
  [{ taxMinor: 10n }, { taxAmountMinor: 11n }, 'tax_above_invoice'],
  [{ taxMinor: 1000n }, { taxAmountMinor: 400n }, 'issued, 2000 credited', { taxBackMinor: 600n }],
  [{ taxMinor: 1000n }, { taxAmountMinor: 401n }, 'tax_above_invoice', { taxBackMinor: 600n }], // 10.00 of tax, 6.00 of it in other notes
  [{}, { prorationDaysTotal: 30, prorationDaysUnused: 31 }, 'proration_days_inverted'],
]

test('a credit note credits what was paid, in the order of its refusals', () => {
  for (const [more, wanted, result, given] of WRITTEN) {
    const decision = writeCreditNote(paid(more), wish(wanted), { ...GIVEN, ...given })
    const told =
      decision.kind === 'refused'
        ? decision.code
        : `${decision.note.status}, ${decision.invoice.creditedMinor} credited`
    equal(told, result)
  }
})

function noteIn(more: Partial<CreditNote> = {}, wanted: Partial<CreditNoteWish> = {}): CreditNote {
  const decision = writeCreditNote(paid(), wish(wanted), GIVEN)
  assert(decision.kind === 'accepted', 'the invoice can be credited')
  return { ...decision.note, ...more }
}

const BY_REFUND = { creditMethod: 'refund_to_payment_method' } as const

const CONCLUDED: readonly (readonly [refunds: string, result: string])[] = [
  ['1500 succeeded, 500 succeeded', 'issued 2000'],
  ['1500 succeeded, 500 processing', 'still pending'],
  ['1500 succeeded, 500 pending', 'still pending'],
  ['1500 succeeded, 500 failed', 'issued 1500'], // the note says what went back
  ['1500 failed, 500 failed', 'void 2000'],
]

const refundsIn = (list: string) =>
  list.split(', ').map((text) => {
    const [amount = '0', status = ''] = text.split(' ')
    return { amountMinor: BigInt(amount), status }
  })

test('a note by refund is issued for what went back, once all of it has ended', () => {
  for (const [list, result] of CONCLUDED) {
    const note = concludeCreditNote(noteIn({}, BY_REFUND), refundsIn(list), NOW)
    equal(note === null ? 'still pending' : `${note.status} ${note.amountMinor}`, result)
  }
})

test('a note that is issued for a part bears that part of its tax', () => {
  const note = noteIn({}, { ...BY_REFUND, taxAmountMinor: 183n })
  const refunds = [
    { status: 'succeeded', amountMinor: 500n },
    { status: 'failed', amountMinor: 1500n },
  ]
  equal(concludeCreditNote(note, refunds, NOW)?.taxAmountMinor, 46n) // 183 * 500 / 2000 = 45.75
})

const sidesOf = (transfers: ReturnType<typeof creditNoteTransfers>): string[] =>
  transfers.map((each) => `${each.debit}<${each.credit} ${each.amountMinor}`)

const REDUCED: readonly (readonly [refunds: string, result: string, posted: string[]])[] = [
  ['1500 succeeded, 500 failed', 'issued 1500 137', ['refunds<tax_payable 46']], // 183 * 1500 / 2000 = 137.25
  ['1500 failed, 500 failed', 'void 2000 183', ['refunds<tax_payable 183']],
]

test('an issued note by refund is for what its refunds still give, with that part of its tax', () => {
  const issued = { status: 'issued', issuedAt: NOW } as const
  const before = noteIn(issued, { ...BY_REFUND, taxAmountMinor: 183n })
  for (const [list, result, posted] of REDUCED) {
    const after = reduceCreditNote(before, refundsIn(list), NOW)
    assert(after !== null, 'an issued note is reduced')
    equal(`${after.status} ${after.amountMinor} ${after.taxAmountMinor}`, result)
    const change = { before, after, refundId: numberedId(9) }
    deepEqual(sidesOf(reducedNoteTransfers(change, NOW, idMaker())), posted)
  }
  equal(reduceCreditNote(noteIn({}, BY_REFUND), refundsIn('2000 failed'), NOW), null)
})

const VOIDED: readonly (readonly [Partial<CreditNote>, balanceMinor: bigint, result: string])[] = [
  [{}, 2000n, 'void, 0 credited'],
  [{}, 1999n, 'credit_already_used'],
  [{ creditMethod: 'external' }, 0n, 'void, 0 credited'],
  [{ creditMethod: 'refund_to_payment_method' }, 0n, 'credit_note_refunded'],
  [{ status: 'applied' }, 2000n, 'credit_already_used'],
  [{ status: 'void' }, 2000n, 'credit_note_already_void'],
  [{ status: 'pending' }, 2000n, 'credit_note_not_issued'],
]

test('a credit is taken back until it is used', () => {
  for (const [more, balanceMinor, result] of VOIDED) {
    const given = { invoice: paid({ creditedMinor: 2000n }), balanceMinor }
    const decision = voidCreditNote(noteIn(more), given, NOW)
    const told =
      decision.kind === 'refused'
        ? decision.code
        : `${decision.note.status}, ${decision.invoice.creditedMinor} credited`
    equal(told, result)
  }
})

test('a note posts its tax apart, to the balance or out of the bank; voided, it is reversed', () => {
  const nextId = idMaker()
  const tax = { taxAmountMinor: 182n }
  const posted = creditNoteTransfers(noteIn({}, tax), NOW, nextId)
  deepEqual(sidesOf(posted), ['refunds<customer_credit 1818', 'tax_payable<customer_credit 182'])
  const external = noteIn({}, { creditMethod: 'external' })
  deepEqual(sidesOf(creditNoteTransfers(external, NOW, nextId)), ['refunds<bank 2000'])
  const refunded = noteIn({}, { ...BY_REFUND, ...tax })
  deepEqual(sidesOf(creditNoteTransfers(refunded, NOW, nextId)), ['tax_payable<refunds 182'])
  const reversed = voidedNoteTransfers(posted, noteIn({}, tax), { at: NOW, nextId })
  deepEqual(sidesOf(reversed), ['customer_credit<refunds 1818', 'customer_credit<tax_payable 182'])
})

const APPLIED: readonly (readonly [balanceMinor: bigint, result: string])[] = [
  [0n, 'finalized, 0 paid, 0 used'],
  [1n, 'partially_paid, 1 paid, 1 used'],
  [11_000n, 'paid, 11000 paid, 11000 used'],
  [11_001n, 'paid, 11000 paid, 11000 used'],
]

test('a credit pays an issued invoice as far as it goes', () => {
  for (const [balanceMinor, result] of APPLIED) {
    const issued = invoiceIn('finalized', { totalMinor: 11_000n, paidMinor: 0n })
    const { invoice, usedMinor } = applyCredit(issued, balanceMinor, NOW)
    equal(`${invoice.status}, ${invoice.paidMinor} paid, ${usedMinor} used`, result)
    equal(invoice.creditAppliedMinor, usedMinor)
    const use = { ...invoice, usedMinor }
    const nextId = idMaker()
    const back = creditReturnTransfers(use, NOW, nextId)
    const forth = creditTransfers(use, NOW, nextId)
    if (usedMinor === 0n) deepEqual([forth, back], [[], []])
    else {
      deepEqual(sidesOf(forth), [`customer_credit<receivable ${usedMinor}`])
      deepEqual(sidesOf(back), [`receivable<customer_credit ${usedMinor}`])
    }
  }
})
