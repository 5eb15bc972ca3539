import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { addDays } from '../../time/index.ts'
import { planSettlement, type SettlementRow } from '../index.ts'
import { at, usd } from '../test-payment.ts'

const NOW = at('2027-02-03')

function row(more: Partial<SettlementRow>): SettlementRow {
  return {
    kind: 'charge',
    gatewayReference: 'ch_1',
    amountMinor: 2900n,
    feeMinor: 114n,
    currency: usd(),
    payoutId: 'po_1',
    at: at('2027-02-01'),
    lineId: null,
    ...more,
  }
}

const bare = { gatewayReference: null, feeMinor: 0n }

const SAID = [
  [row({}), ['charge 2900 114']],
  // The gateway gave more than was charged: that is the merchant's.
  [row({ feeMinor: -3n }), ['charge 2900 0', 'fee 3 0']],
  [row({ kind: 'refund', feeMinor: -3n }), ['refund -2900 0', 'fee 3 0']],
  [row({ kind: 'refund', feeMinor: 0n }), ['refund -2900 0']],
  // It came back.
  [row({ kind: 'refund', amountMinor: -2900n, feeMinor: 0n }), ['refund 2900 0']],
  [row({ kind: 'chargeback', feeMinor: 1500n }), ['dispute -2900 0', 'fee -1500 0']],
  [row({ kind: 'chargeback_reversal', feeMinor: 0n }), ['dispute_reversal 2900 0']],
  [row({ kind: 'fee', ...bare, amountMinor: 30n }), ['fee -30 0']],
  [row({ kind: 'fee', ...bare, amountMinor: -30n }), ['fee 30 0']],
  [row({ kind: 'payout', ...bare, amountMinor: 2786n }), ['payout -2786 0']],
  [row({ kind: 'adjustment', ...bare, amountMinor: -7n }), ['adjustment -7 0']],
] as const

for (const [given, said] of SAID) {
  test(`a ${given.kind} of ${given.amountMinor}, fee ${given.feeMinor}, says: ${said.join(', ')}`, () => {
    const plan = planSettlement([given], { takes: 'everything', now: NOW })
    const lines = plan.kind === 'accepted' ? plan.lines : []
    deepEqual(
      lines.map(
        ({ movement: { kind, amountMinor, feeMinor } }) => `${kind} ${amountMinor} ${feeMinor}`,
      ),
      said,
    )
  })
}

const REFUSED = [
  ['a charge that names none', row({ gatewayReference: null }), 'gatewayReference'],
  ['a payout without an id', row({ kind: 'payout', ...bare, payoutId: null }), 'payoutId'],
  ['a chargeback below zero', row({ kind: 'chargeback', amountMinor: -1n }), 'amountMinor'],
  [
    'an adjustment of nothing',
    row({ kind: 'adjustment', ...bare, amountMinor: 0n }),
    'amountMinor',
  ],
  ['an amount that no answer can tell', row({ amountMinor: 2n ** 60n }), 'amountMinor'],
  ['a fee above what is booked', row({ feeMinor: -(2n ** 60n) }), 'amountMinor'],
  ['a payout with a fee', row({ kind: 'payout' }), 'feeMinor'],
  ['what has not happened yet', row({ at: addDays(NOW, 2) }), 'at'],
] as const

for (const [promise, given, field] of REFUSED) {
  test(`${promise} refuses the whole settlement, by row and field`, () => {
    const plan = planSettlement([row({}), given], { takes: 'everything', now: NOW })
    const problems = plan.kind === 'refused' ? plan.problems : []
    deepEqual(
      problems.map((problem) => [problem.row, problem.field]),
      [[2, field]],
    )
  })
}

test('charges that the gateway lists by itself are refused, fees and payouts are not', () => {
  const given = { takes: 'fees_and_payouts', now: NOW } as const
  equal(planSettlement([row({})], given).kind, 'refused')
  equal(
    planSettlement([row({ kind: 'fee', ...bare }), row({ kind: 'payout', ...bare })], given).kind,
    'accepted',
  )
})

test('lines keep their names when they are handed in again, and equal ones have two', () => {
  const names = (rows: readonly SettlementRow[]) => {
    const plan = planSettlement(rows, { takes: 'everything', now: NOW })
    return plan.kind === 'accepted' ? plan.lines.map(({ movement }) => movement.reference) : []
  }
  const fee = row({ kind: 'fee', ...bare, amountMinor: 30n })
  const once = names([row({}), fee, fee])
  equal(new Set(once).size, 3)
  deepEqual(names([row({ payoutId: null }), fee, fee]), once)
  deepEqual(names([row({ lineId: 'line 7' })]), ['settlement charge line 7'])
  deepEqual(names([row({ lineId: 'line 7' }), row({ lineId: 'line 7' })]), [])
})
