import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { Transfer } from '../ledger/index.ts'
import {
  type Invoice,
  issueTransfers,
  voidTransfers,
  writeOffRecoveryTransfers,
  writeOffTransfers,
} from './index.ts'
import { at, idMaker, invoiceIn } from './test-invoice.ts'

const NOW = at('2027-02-01')
const TAXED = invoiceIn('sent')
const PLAIN = invoiceIn('sent', { taxMinor: 0n, totalMinor: 9000n })
const NOTHING = invoiceIn('sent', { taxMinor: 0n, totalMinor: 0n })
const PARTLY = invoiceIn('partially_paid')

const text = ({ debit, credit, amountMinor, sourceKind, sourcePosition }: Transfer) =>
  `${debit} < ${credit} ${amountMinor} ${sourceKind} ${sourcePosition}`

const issue = (invoice: Invoice) => issueTransfers(invoice, NOW, idMaker())
const void_ = (invoice: Invoice) => voidTransfers(invoice, NOW, idMaker())
const writeOff = (invoice: Invoice) => writeOffTransfers(invoice, NOW, idMaker())
const recover = (invoice: Invoice) =>
  writeOffRecoveryTransfers({ invoice, amountMinor: 700n, position: 9 }, NOW, idMaker())

const POSTINGS: readonly (readonly [(invoice: Invoice) => Transfer[], Invoice, string[]])[] = [
  [
    issue,
    TAXED,
    [
      'receivable < revenue 9000 invoice_issued 0',
      'receivable < tax_payable 2000 invoice_issued 1',
    ],
  ],
  [issue, PLAIN, ['receivable < revenue 9000 invoice_issued 0']],
  [issue, NOTHING, []],
  [
    void_,
    TAXED,
    [
      'revenue < receivable 9000 invoice_voided 0',
      'tax_payable < receivable 2000 invoice_voided 1',
    ],
  ],
  [void_, NOTHING, []],
  [writeOff, TAXED, ['write_offs < receivable 11000 invoice_written_off 0']],
  [writeOff, PARTLY, ['write_offs < receivable 7000 invoice_written_off 0']], // what is still owed
  [recover, TAXED, ['receivable < write_offs 700 invoice_write_off_recovered 9']],
]

test('each posting debits one account with what it credits another', () => {
  for (const [post, invoice, expected] of POSTINGS) {
    deepEqual(post(invoice).map(text), expected)
  }
})

test('every posting names its invoice, its customer and its moment', () => {
  for (const transfer of issue(TAXED)) {
    const { invoiceId, customerId, sourceId, at: bookedAt, currency } = transfer
    deepEqual(
      [invoiceId, customerId, sourceId, bookedAt, currency],
      [TAXED.id, TAXED.customerId, TAXED.id, NOW, TAXED.currency],
    )
  }
})
