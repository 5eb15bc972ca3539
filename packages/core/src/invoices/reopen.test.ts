import { deepEqual, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../fault/index.ts'
import { type Invoice, type InvoiceStatus, payInvoice, reopenInvoice } from './index.ts'
import { at, invoiceIn } from './test-invoice.ts'

const NOW = at('2027-02-01')

/** Of 110.00: what was paid, what goes back, and where that leaves it. */
const REOPENED: readonly (readonly [
  InvoiceStatus,
  before: Partial<Invoice>,
  undoneMinor: bigint,
  after: string,
])[] = [
  ['paid', {}, 11_000n, 'finalized, 0 paid, 1 times'],
  ['paid', { sentAt: at('2027-01-16') }, 11_000n, 'sent, 0 paid, 1 times'],
  ['paid', {}, 4000n, 'partially_paid, 7000 paid, 1 times'],
  ['paid', { overdueAt: at('2027-01-20') }, 4000n, 'overdue, 7000 paid, 1 times'],
  ['paid', { reopenCount: 1 }, 11_000n, 'finalized, 0 paid, 2 times'],
  ['partially_paid', {}, 4000n, 'finalized, 0 paid, 0 times'],
  ['uncollectible', { paidMinor: 4000n }, 4000n, 'uncollectible, 0 paid, 0 times'],
]

for (const [status, before, undoneMinor, after] of REOPENED) {
  const name = `${status} with ${JSON.stringify(Object.keys(before))}, ${undoneMinor} gone back: ${after}`
  test(name, () => {
    const invoice = reopenInvoice(invoiceIn(status, before), undoneMinor, NOW)
    const { paidMinor, reopenCount } = invoice
    deepEqual(`${invoice.status}, ${paidMinor} paid, ${reopenCount} times`, after)
    deepEqual([invoice.paidAt, invoice.version, invoice.updatedAt], [null, 5, NOW])
  })
}

test('what went back can be paid again', () => {
  const invoice = reopenInvoice(invoiceIn('paid'), 11_000n, NOW)
  const again = payInvoice(invoice, 11_000n, NOW)
  deepEqual(again.kind === 'accepted' && again.invoice.status, 'paid')
})

test('more cannot go back than had come', () => {
  throws(() => reopenInvoice(invoiceIn('partially_paid'), 4001n, NOW), Fault)
  throws(() => reopenInvoice(invoiceIn('partially_paid'), 0n, NOW), Fault)
})
