import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isActiveInCycle } from '../../invoices/index.ts'
import { ratio } from '../../money/index.ts'
import { itemAmount, type SubscriptionItem } from '../../subscriptions/index.ts'
import { item, numberedId } from '../test-samples.ts'
import { splitInstallments } from './installments.ts'
import { partsLeft } from './parts-left.ts'

function itemsOf(totalMinor: bigint, downPaymentMinor: bigint, amountMinor: bigint) {
  const rule = { kind: 'amount', amountMinor } as const
  return splitInstallments(totalMinor, { downPaymentMinor, rule }).map((run, position) =>
    item({
      id: numberedId(50 + position),
      position,
      unitAmountMinor: run.amountMinor,
      terms: {
        ...item().terms,
        scheme: { kind: 'per_unit', unitAmount: ratio(run.amountMinor, 1n) },
      },
      cycleFirst: run.cycleFirst,
      cycleCount: run.cycleCount,
    }),
  )
}

/** What each cycle asks for, up to the first that asks for nothing. */
function partsOf(items: readonly SubscriptionItem[], cycle = 0): bigint[] {
  const active = items.filter((each) => isActiveInCycle(each, cycle))
  if (active.length === 0) return []
  const part = active.reduce((sum, each) => sum + itemAmount(each), 0n)
  return [part, ...partsOf(items, cycle + 1)]
}

const ROWS = [
  // 100 down, then 200 four times and 100
  [0n, [100n, 200n, 200n, 200n, 200n, 100n]],
  [40n, [100n, 200n, 200n, 200n, 200n, 60n]],
  [100n, [100n, 200n, 200n, 200n, 200n]],
  [250n, [100n, 200n, 200n, 200n, 50n]],
  [900n, [100n]],
  [950n, [50n]],
  [1000n, []],
  [1001n, []],
] as const

test('what is paid comes off the last parts', () => {
  for (const [paid, expected] of ROWS)
    deepEqual(partsOf(partsLeft(itemsOf(1000n, 100n, 200n), paid)), expected, `${paid} paid`)
})

test('parts that were edited are asked for as they are now', () => {
  const single = itemsOf(1000n, 0n, 200n) // five times 200
  const edited = single.map((each) => ({ ...each, quantity: 3n, ownAmountMinor: 250n }))
  deepEqual(partsOf(partsLeft(edited, 300n)), [250n, 250n, 250n, 200n])
})

test('whatever is paid, the parts that are left and it come to the total', () => {
  const given = fc.record({
    total: fc.bigInt(1n, 100_000n),
    down: fc.bigInt(0n, 50_000n),
    amount: fc.bigInt(500n, 60_000n),
    percent: fc.bigInt(0n, 100n),
  })
  fc.assert(
    fc.property(given, ({ total, down, amount, percent }) => {
      const items = itemsOf(total, down < total ? down : total, amount)
      const paid = (total * percent) / 100n
      const left = partsOf(partsLeft(items, paid))
      equal(left.reduce((sum, part) => sum + part, paid), total) // prettier-ignore
      // All but the last are as they were.
      deepEqual(left.slice(0, -1), partsOf(items).slice(0, Math.max(0, left.length - 1)))
    }),
  )
})
