import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant } from '@perennial/core/time'
import { adyenVendor } from '../../../gateways/adyen/index.ts'
import { readSettlementFile } from './read-settlement-file.ts'

const REPORT = adyenVendor.settlement?.report ?? null
const HEAD = 'kind,gateway_reference,amount,fee,currency,payout_id,date,line_id'
const GOOD = 'charge,ch_1,29.00,0.99,usd,po_1,2027-01-31,'

test('our columns are read with decimal amounts, in any order and with the optional ones left out', () => {
  const file = readSettlementFile(
    'date,currency,amount,kind,payout_id\n2027-01-31T10:00:00+01:00,JPY,-1500,adjustment,\n',
    null,
  )
  assert(file.kind === 'read', file.kind)
  const [row] = file.rows
  assert(row !== undefined)
  assert.deepEqual(
    { ...row, at: formatInstant(row.at) },
    {
      kind: 'adjustment',
      gatewayReference: null,
      amountMinor: -1500n,
      feeMinor: 0n,
      currency: 'JPY',
      payoutId: null,
      at: '2027-01-31T09:00:00.000Z',
      lineId: null,
    },
  )
})

const WRONG: readonly (readonly [string, string])[] = [
  [`${HEAD}\n${GOOD}\n${GOOD.replace('29.00', '29.001')}`, '3 amount'],
  [`${HEAD}\n${GOOD.replace('0.99', 'some')}`, '2 fee'],
  [`${HEAD}\n${GOOD.replace('usd', 'usdollar')}`, '2 currency'],
  [`${HEAD}\n${GOOD.replace('charge', 'sale')}`, '2 kind'],
  [`${HEAD}\n${GOOD.replace('2027-01-31', '31.1.2027')}`, '2 date'],
  [`${HEAD}\n${GOOD.replace('ch_1', `"a\nb"`)}`, '2 gateway_reference'],
  [`${HEAD},note\n${GOOD},x`, '1 note'],
  ['kind,amount,date\ncharge,1,2027-01-31', '1 currency'],
  [HEAD, '1 null'],
  [`${HEAD}\n${GOOD},more`, '2 null'],
]

for (const [text, where] of WRONG) {
  test(`${JSON.stringify(text.split('\n').at(-1))} is refused at ${where}`, () => {
    const file = readSettlementFile(text, null)
    const [problem] = file.kind === 'refused' ? file.problems : []
    assert.equal(`${problem?.line} ${problem?.column}`, where)
  })
}

// Columns and lines as docs.adyen.com shows them ("Settlement details report").
const REPORT_HEAD =
  'Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Batch Number'
const SETTLED =
  'Acme,Shop,1813702551707653,o1,visa,2013-06-03 11:26:49,CET,Settled,1713702551795048,GBP,,5.00,1,GBP,,4.88,,0.04,0.01,0.07,4'

const SAID: readonly (readonly [string, string])[] = [
  [SETTLED, 'charge 500 12 batch 4'],
  [
    'Acme,Shop,1313642467023511,o2,visa,2013-03-26 22:37:26,CET,Chargeback,2313642467170922,GBP,349.99,,1,GBP,357.49,,7.5,,,,4',
    'chargeback 34999 750 batch 4',
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

for (const [line, said] of SAID) {
  test(`the vendor’s own report is read: ${said}`, () => {
    const file = readSettlementFile(`${REPORT_HEAD}\n${line}\n`, REPORT)
    assert(file.kind === 'read', file.kind)
    const told = file.rows.map(
      (row) => `${row.kind} ${row.amountMinor} ${row.feeMinor} ${row.payoutId}`,
    )
    assert.deepEqual(told, [said])
  })
}

test('a line of the vendor’s report that nobody knows, or of another currency, is refused', () => {
  for (const [from, to, column] of [
    ['Settled', 'Teleported', 'Type'],
    ['GBP,,5.00', 'EUR,,5.00', 'Gross Currency'],
    ['4.88', '4.888', 'Net Credit (NC)'],
  ] as const) {
    const file = readSettlementFile(`${REPORT_HEAD}\n${SETTLED.replace(from, to)}\n`, REPORT)
    const [problem] = file.kind === 'refused' ? file.problems : []
    assert.deepEqual([problem?.line, problem?.column], [2, column])
  }
})
