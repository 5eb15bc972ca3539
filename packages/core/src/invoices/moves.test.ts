import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../fault/index.ts'
import { addDays, parseInstant, parseTimeZone, UTC } from '../time/index.ts'
import {
  type Invoice,
  type InvoiceDecision,
  type InvoiceStatus,
  finalizeInvoice,
  isOpen,
  markOverdue,
  owedMinor,
  payInvoice,
  sendInvoice,
  voidInvoice,
  writeOffInvoice,
} from './index.ts'
import { at, invoiceIn } from './test-invoice.ts'

const NOW = at('2027-02-01')
const FINALIZE = { publicToken: 'new token', isApproved: false, hasLines: true }

const NOT_DRAFT = 'invoice_not_draft'
const UNSENDABLE = 'invoice_not_sendable'
const UNPAYABLE = 'invoice_not_payable'
const OVERPAID = 'invoice_overpaid'
const HAS_PAYMENT = 'invoice_has_payment'
const UNVOIDABLE = 'invoice_not_voidable'

/** Of 110.00, due on 31 January, when it is 1 February; 40.00 of a partially paid one are there. */
const MOVES: readonly (readonly [
  InvoiceStatus,
  finalize: string,
  send: string,
  pay10: string,
  payAll: string,
  void_: string,
  writeOff: string,
  overdue: string,
])[] = [
  // status, finalize, send, pay 10.00, pay 110.00, void, write off, mark overdue
  ['draft', 'finalized', UNSENDABLE, UNPAYABLE, UNPAYABLE, 'void', UNPAYABLE, UNPAYABLE],
  ['pending_approval', NOT_DRAFT, UNSENDABLE, UNPAYABLE, UNPAYABLE, 'void', UNPAYABLE, UNPAYABLE],
  ['finalized', NOT_DRAFT, 'sent', 'partially_paid', 'paid', 'void', 'uncollectible', 'overdue'],
  ['approved', NOT_DRAFT, 'sent', 'partially_paid', 'paid', 'void', 'uncollectible', 'overdue'],
  ['sent', NOT_DRAFT, 'sent', 'partially_paid', 'paid', 'void', 'uncollectible', 'overdue'],
  [
    'partially_paid',
    NOT_DRAFT,
    'partially_paid',
    'partially_paid',
    OVERPAID,
    HAS_PAYMENT,
    'uncollectible',
    'overdue',
  ],
  ['paid', NOT_DRAFT, UNSENDABLE, UNPAYABLE, UNPAYABLE, HAS_PAYMENT, UNPAYABLE, UNPAYABLE],
  [
    'overdue',
    NOT_DRAFT,
    'overdue',
    'overdue',
    'paid',
    'void',
    'uncollectible',
    UNPAYABLE, // it is
  ],
  [
    'void',
    NOT_DRAFT,
    UNSENDABLE,
    UNPAYABLE,
    UNPAYABLE,
    'invoice_already_void',
    UNPAYABLE,
    UNPAYABLE,
  ],
  // Written off, its receivable is gone: late money brings it back, a void has nothing to reverse.
  [
    'uncollectible',
    NOT_DRAFT,
    UNSENDABLE,
    'uncollectible',
    'paid',
    UNVOIDABLE,
    UNPAYABLE,
    UNPAYABLE,
  ],
]

function outcome(decision: InvoiceDecision): string {
  return decision.kind === 'accepted' ? decision.invoice.status : decision.code
}

test('every move says in every status where it leads or why not', () => {
  equal(new Set(MOVES.map(([status]) => status)).size, 10)
  for (const [status, ...expected] of MOVES) {
    const invoice = invoiceIn(status, { dueAt: at('2027-01-31') })
    const found = [
      finalizeInvoice(invoice, FINALIZE, NOW),
      sendInvoice(invoice, { days: 14, zone: UTC }, NOW),
      payInvoice(invoice, 1000n, NOW),
      payInvoice(invoice, 11_000n, NOW),
      voidInvoice(invoice, NOW),
      writeOffInvoice(invoice, NOW),
      markOverdue(invoice, NOW),
    ].map(outcome)
    deepEqual(found, expected, status)
  }
})

test('money may be taken for what is issued and not settled', () => {
  const open = MOVES.map(([status]) => status).filter(isOpen)
  deepEqual(open, ['finalized', 'approved', 'sent', 'partially_paid', 'overdue'])
})

function accepted(decision: InvoiceDecision): Invoice {
  ok(decision.kind === 'accepted')
  return decision.invoice
}

test('a move raises the version and leaves the money fields alone', () => {
  const sent = invoiceIn('sent')
  for (const decision of [payInvoice(sent, 1n, NOW), voidInvoice(sent, NOW)]) {
    const { version, updatedAt, totalMinor, taxMinor } = accepted(decision)
    deepEqual([version, updatedAt, totalMinor, taxMinor], [5, NOW, 11_000n, 2000n])
  }
})

const VOIDED: readonly (readonly [money: Partial<Invoice>, expected: string])[] = [
  [{ paidMinor: 4000n, creditAppliedMinor: 4000n }, 'void'], // the credit goes back
  [{ paidMinor: 4001n, creditAppliedMinor: 4000n }, HAS_PAYMENT],
  [{ paidMinor: 4000n, creditAppliedMinor: 4000n, creditedMinor: 1n }, HAS_PAYMENT], // twice
  [{ creditedMinor: 1n }, HAS_PAYMENT], // of a payment that a bank has taken back since
]

test('what credit has paid goes back with the invoice, unless a note has given some back already', () => {
  for (const [money, expected] of VOIDED) {
    const invoice = invoiceIn('partially_paid', money)
    equal(outcome(voidInvoice(invoice, NOW)), expected)
  }
})

test('finalizing gives a draft its token, and needs a line or a total', () => {
  const finalized = accepted(finalizeInvoice(invoiceIn('draft'), FINALIZE, NOW))
  deepEqual([finalized.finalizedAt, finalized.publicToken], [NOW, 'new token'])
  const approved = { ...FINALIZE, isApproved: true }
  equal(accepted(finalizeInvoice(invoiceIn('draft'), approved, NOW)).status, 'approved')

  const nothing = invoiceIn('draft', { totalMinor: 0n })
  equal(outcome(finalizeInvoice(nothing, { ...FINALIZE, hasLines: false }, NOW)), 'invoice_empty')
  equal(outcome(finalizeInvoice(nothing, FINALIZE, NOW)), 'finalized')
})

test('the due date counts from the first sending and stays', () => {
  const first = accepted(sendInvoice(invoiceIn('finalized'), { days: 14, zone: UTC }, NOW))
  deepEqual([first.sentAt, first.dueAt], [NOW, addDays(NOW, 14)])
  const again = accepted(sendInvoice(first, { days: 30, zone: UTC }, at('2027-02-10')))
  deepEqual([again.sentAt, again.dueAt], [NOW, addDays(NOW, 14)])
})

test('a due date is days of the calendar away, across a change of the clocks too', () => {
  const zone = parseTimeZone('Europe/Berlin')
  const sentAt = parseInstant('2027-10-20T00:00:00+02:00')
  ok(zone !== null && sentAt !== null)
  const sent = accepted(sendInvoice(invoiceIn('finalized'), { days: 14, zone }, sentAt))
  equal(sent.dueAt, parseInstant('2027-11-03T00:00:00+01:00'))
})

test('payments add up to the total and never past it', () => {
  const part = accepted(payInvoice(invoiceIn('sent'), 10_999n, NOW))
  deepEqual(
    [part.status, part.paidMinor, part.paidAt, owedMinor(part)],
    ['partially_paid', 10_999n, null, 1n],
  )
  equal(outcome(payInvoice(part, 2n, NOW)), 'invoice_overpaid')
  const whole = accepted(payInvoice(part, 1n, NOW))
  deepEqual([whole.status, whole.paidAt, owedMinor(whole)], ['paid', NOW, 0n])
  throws(() => payInvoice(part, -1n, NOW), Fault)
})

test('an invoice is overdue from its due date on, and only if it has one', () => {
  const dueOn = (dueAt: Invoice['dueAt']) => outcome(markOverdue(invoiceIn('sent', { dueAt }), NOW))
  equal(dueOn(NOW), 'overdue')
  equal(dueOn(at('2027-02-02')), UNPAYABLE)
  equal(dueOn(null), UNPAYABLE)
})
