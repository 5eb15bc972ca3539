import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planSettlement, type SettlementReading } from '@perennial/core/payments'
import { parseInstant } from '@perennial/core/time'
import { parseCsv } from '../../platform/csv/index.ts'
import { SETTLEMENT_DETAILS } from './settlement-report.ts'

// Columns and lines as docs.adyen.com shows them ("Settlement details report").
const REPORT_HEAD =
  'Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Batch Number'
const SETTLED =
  'Acme,Shop,1813702551707653,o1,visa,2013-06-03 11:26:49,CET,Settled,1713702551795048,GBP,,5.00,1,GBP,,4.88,,0.04,0.01,0.07,4'

const CHEAPER =
  'Acme,Shop,1813702551707653,o1,visa,2013-06-03 11:26:49,CET,Settled,1713702551795048,GBP,,5.00,1,GBP,,5.03,,0.04,0.01,-0.08,4'

const SAID: readonly (readonly [string, string])[] = [
  [SETTLED, 'charge 500 12 batch 4'],
  // Interchange that is given to the merchant.
  [CHEAPER, 'charge 500 -3 batch 4'],
  [
    'Acme,Shop,1313642467023511,o2,visa,2013-03-26 22:37:26,CET,Chargeback,2313642467170922,GBP,349.99,,1,GBP,357.49,,7.5,,,,4',
    'chargeback 34999 750 batch 4',
  ],
  // A refund that came back.
  [
    'Acme,Shop,1813702551707653,o1,visa,2013-06-09 11:26:49,CET,RefundedReversed,1713702551795049,GBP,,5.00,1,GBP,,5.00,,,,,4',
    'refund -500 0 batch 4',
  ],
  [
    'Acme,Shop,,,,2013-06-11 04:55:40,BST,Fee,Transaction Fees June,,,,,GBP,1.11,,,,,,4',
    'fee 111 0 batch 4',
  ],
  [
    'Acme,Shop,,,,2013-06-11 04:55:40,BST,MerchantPayout,"TX1, batch 4",,,,,GBP,120.00,,,,,,4',
    'payout 12000 0 batch 4',
  ],
  [
    'Acme,Shop,,,,2013-06-11 04:55:40,BST,DepositCorrection,reserve,,,,,GBP,10.00,,,,,,4',
    'adjustment -1000 0 batch 4',
  ],
]

function readLine(line: string): SettlementReading {
  const table = parseCsv(`${REPORT_HEAD}\n${line}\n`)
  assert(table.kind === 'table', table.kind)
  const { columns, records } = table
  assert(SETTLEMENT_DETAILS.isReport(columns))
  const values = records[0]?.values ?? []
  return SETTLEMENT_DETAILS.read(new Map(columns.map((name, at) => [name, values[at] ?? ''])))
}

for (const [line, said] of SAID) {
  test(`the vendor’s own report is read: ${said}`, () => {
    const reading = readLine(line)
    assert(reading.kind === 'row', reading.kind)
    const { kind, amountMinor, feeMinor, payoutId } = reading.row
    assert.equal(`${kind} ${amountMinor} ${feeMinor} ${payoutId}`, said)
  })
}

test('a line whose net is above its gross settles the file, with the difference in the merchant’s favour', () => {
  const rows = [readLine(SETTLED), readLine(CHEAPER.replace('1713702551795048', '17137025517950'))]
  const plan = planSettlement(
    rows.map((reading) => (reading.kind === 'row' ? reading.row : assert.fail(reading.kind))),
    { takes: 'everything', now: parseInstant('2027-01-01T00:00:00Z') ?? assert.fail('a time') },
  )
  assert(plan.kind === 'accepted', plan.kind)
  assert.deepEqual(
    plan.lines.map(({ movement: { kind, amountMinor, feeMinor } }) => [
      kind,
      amountMinor,
      feeMinor,
    ]),
    [
      ['charge', 500n, 12n],
      ['charge', 500n, 0n],
      ['fee', 3n, 0n],
    ],
  )
})

test('a line of the vendor’s report that nobody knows, or of another currency, is refused', () => {
  for (const [from, to, column] of [
    ['Settled', 'Teleported', 'Type'],
    ['GBP,,5.00', 'EUR,,5.00', 'Gross Currency'],
    ['4.88', '4.888', 'Net Credit (NC)'],
  ] as const) {
    const reading = readLine(SETTLED.replace(from, to))
    assert.equal(reading.kind === 'refused' ? reading.column : reading.kind, column)
  }
})
