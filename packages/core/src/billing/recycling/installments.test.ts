import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { installmentCount, splitInstallments, type InstallmentRule } from './installments.ts'

const each = (amountMinor: bigint): InstallmentRule => ({ kind: 'amount', amountMinor })
const inParts = (count: number): InstallmentRule => ({ kind: 'count', count })

const ROWS = [
  // total, down payment, rule: amount x cycles from
  [2200_00n, 200_00n, each(500_00n), '20000 x 1 from 0, 50000 x 4 from 1'], // spec/revolv3.md 17, item 54
  [1200_00n, 0n, each(500_00n), '50000 x 2 from 0, 20000 x 1 from 2'],
  [1100n, 100n, inParts(3), '100 x 1 from 0, 334 x 1 from 1, 333 x 2 from 2'],
  [1000n, 1000n, each(500n), '1000 x 1 from 0'],
  [1000n, 500n, each(500n), '500 x 2 from 0'],
  [300n, 0n, each(500n), '300 x 1 from 0'],
  [2n, 0n, inParts(3), '1 x 2 from 0'], // a part of nothing is none
] as const

test('a down payment comes first, then parts, and the last takes the rest', () => {
  for (const [total, downPaymentMinor, rule, expected] of ROWS) {
    const runs = splitInstallments(total, { downPaymentMinor, rule })
    const said = runs.map((run) => `${run.amountMinor} x ${run.cycleCount} from ${run.cycleFirst}`)
    equal(said.join(', '), expected)
  }
})

test('in whatever parts: they sum to the total, follow one another, and none is above what was agreed', () => {
  const given = fc.record({
    total: fc.bigInt(1n, 1_000_000n),
    down: fc.bigInt(0n, 1_000_000n),
    rule: fc.oneof(
      fc.bigInt(2_000n, 500_000n).map(each),
      fc.integer({ min: 1, max: 60 }).map(inParts),
    ),
  })
  fc.assert(
    fc.property(given, ({ total, down, rule }) => {
      const of = { downPaymentMinor: down < total ? down : total, rule }
      const runs = splitInstallments(total, of)
      equal(runs.reduce((sum, run) => sum + run.amountMinor * BigInt(run.cycleCount), 0n), total) // prettier-ignore
      let cycle = 0
      for (const [index, run] of runs.entries()) {
        equal(run.cycleFirst, cycle)
        ok(run.amountMinor > 0n && run.cycleCount > 0)
        cycle += run.cycleCount
        if (rule.kind === 'amount' && !(index === 0 && down > 0n)) ok(run.amountMinor <= rule.amountMinor) // prettier-ignore
      }
      ok(cycle <= installmentCount(total, of))
      if (rule.kind === 'amount') equal(cycle, installmentCount(total, of))
    }),
  )
  deepEqual(splitInstallments(0n, { downPaymentMinor: 0n, rule: each(1n) }), [])
})
