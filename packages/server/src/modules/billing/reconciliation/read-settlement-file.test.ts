import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant } from '@perennial/core/time'
import { readSettlementFile } from './read-settlement-file.ts'

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
  [`${HEAD}\n${GOOD.replace('2027-01-31', '0001-01-01')}`, '2 date'],
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
