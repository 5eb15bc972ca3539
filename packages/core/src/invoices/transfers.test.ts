import assert, { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { balances, onNormalSide, transfer, type Transfer } from '../ledger/index.ts'
import {
  type Invoice,
  issueTransfers,
  retaxInvoice,
  retaxTransfers,
  undoneTaxTransfers,
  voidTransfers,
  writeOffRecoveryTransfers,
  writeOffTransfers,
} from './index.ts'
import { at, idMaker, invoiceIn, numberedId } from './test-invoice.ts'

const NOW = at('2027-02-01')
const TAXED = invoiceIn('sent')
const PLAIN = invoiceIn('sent', { discountMinor: 0n, taxMinor: 0n, totalMinor: 10_000n })
const GIVEN_AWAY = invoiceIn('paid', { discountMinor: 10_000n, taxMinor: 0n, totalMinor: 0n })
const NOTHING = invoiceIn('sent', {
  subtotalMinor: 0n,
  discountMinor: 0n,
  taxMinor: 0n,
  totalMinor: 0n,
})
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
      'discounts < revenue 1000 invoice_issued 2',
    ],
  ],
  [issue, PLAIN, ['receivable < revenue 10000 invoice_issued 0']],
  [issue, GIVEN_AWAY, ['discounts < revenue 10000 invoice_issued 2']],
  [issue, NOTHING, []],
  [
    void_,
    TAXED,
    [
      'revenue < receivable 9000 invoice_voided 0',
      'tax_payable < receivable 2000 invoice_voided 1',
      'revenue < discounts 1000 invoice_voided 2',
    ],
  ],
  [void_, NOTHING, []],
  [writeOff, TAXED, ['write_offs < receivable 11000 invoice_written_off 4']],
  [writeOff, PARTLY, ['write_offs < receivable 7000 invoice_written_off 4']], // what is still owed
  [recover, TAXED, ['receivable < write_offs 700 invoice_write_off_recovered 9']],
]

test('each posting debits one account with what it credits another', () => {
  for (const [post, invoice, expected] of POSTINGS) {
    deepEqual(post(invoice).map(text), expected)
  }
})

/** On each account's normal side, those at zero left out. */
function fold(transfers: readonly Transfer[]): Record<string, bigint> {
  const nets = balances(transfers).map(
    (balance) => [balance.account, onNormalSide(balance)] as const,
  )
  return Object.fromEntries(nets.filter(([, minor]) => minor !== 0n))
}

const amounts = fc.bigInt({ min: 0n, max: 1_000_000n })

test('an issued invoice is folded from its postings, at whatever tax, and a void one to nothing', () => {
  fc.assert(
    fc.property(
      amounts,
      amounts,
      amounts,
      amounts,
      (netMinor, discountMinor, taxMinor, laterMinor) => {
        const subtotalMinor = netMinor + discountMinor
        const totalMinor = netMinor + taxMinor
        const open = invoiceIn('sent', { subtotalMinor, discountMinor, taxMinor, totalMinor })
        const retaxed = retaxInvoice(open, laterMinor, NOW)
        const booked = [
          ...issue(open),
          ...retaxTransfers({ before: open, after: retaxed }, NOW, idMaker()),
        ]
        const told = {
          receivable: retaxed.totalMinor,
          revenue: retaxed.subtotalMinor,
          discounts: retaxed.discountMinor,
          tax_payable: retaxed.taxMinor,
        }
        const expected = Object.entries(told).filter(([, minor]) => minor !== 0n)
        deepEqual(fold(booked), Object.fromEntries(expected))
        deepEqual(fold([...booked, ...void_(retaxed)]), {})
      },
    ),
  )
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

/** Tax that went back of `TAXED`, once for each: a refund's, a note's, and what came back of a note's. */
const TAX_BACK = [
  ['refund', 1, 1000n, 'refunds < tax_payable 1000 refund_tax_undone 1'],
  ['credit_note', 1, 600n, 'refunds < tax_payable 600 credit_note_tax_undone 1'],
  ['credit_note_reduced', 0, -200n, 'tax_payable < refunds 200 credit_note_tax_undone 0'],
] as const

test('a void invoice leaves no tax behind, whatever refunds and credit notes took of it', () => {
  const [issued] = issue(TAXED)
  const posted = TAX_BACK.map(([sourceKind, sourcePosition, taxMinor], index) =>
    transfer({
      ...(issued ?? assert.fail('an invoice is booked')),
      id: numberedId(2001 + index),
      debit: taxMinor > 0n ? 'tax_payable' : 'refunds',
      credit: taxMinor > 0n ? 'refunds' : 'tax_payable',
      amountMinor: taxMinor > 0n ? taxMinor : -taxMinor,
      sourceKind,
      sourceId: numberedId(3001 + index),
      sourcePosition,
    }),
  )
  const undone = undoneTaxTransfers(posted, NOW, idMaker())
  deepEqual(
    undone.map(text),
    TAX_BACK.map(([, , , told]) => told),
  )
  deepEqual(
    undone.map(({ sourceId, reversalOf }) => [sourceId, reversalOf]),
    posted.map(({ sourceId, id }) => [sourceId, id]),
  )
  deepEqual(fold([...issue(TAXED), ...posted, ...void_(TAXED), ...undone]), {})
})
