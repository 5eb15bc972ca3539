import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assert } from '../fault/index.ts'
import { isUuid, type Uuid } from '../ids/index.ts'
import { taxesOn, type TaxRate } from './index.ts'

function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a numbered id is a uuid')
  return id
}

const rates = (...given: readonly (readonly [ppm: number, isInclusive: boolean])[]): TaxRate[] =>
  given.map(([ratePpm, isInclusive], index) => ({
    id: numberedId(index + 1),
    name: `Tax ${index + 1}`,
    ratePpm,
    isInclusive,
  }))

const SUMS: readonly (readonly [string, bigint, readonly TaxRate[], readonly bigint[], included: bigint, added: bigint])[] = [
  ['20 % on top', 40_00n, rates([200_000, false]), [8_00n], 0n, 8_00n],
  // 120.00 · 20 / 120
  ['20 % in the price', 120_00n, rates([200_000, true]), [20_00n], 20_00n, 0n],
  // 9.99 · 0.08875 = 0.8866125
  ['8.875 % on top, rounded once', 9_99n, rates([88_750, false]), [89n], 0n, 89n],
  ['two on top, each of the price', 100_00n, rates([50_000, false], [99_750, false]), [5_00n, 9_98n], 0n, 14_98n],
  // 10.00 · 0.15 / 1.15 = 1.304…, split 10 : 5.
  ['two in the price are taken out together', 10_00n, rates([100_000, true], [50_000, true]), [87n, 43n], 1_30n, 0n],
  // 110.00 holds 10.00; 20 % of the 100.00 that are left.
  ['one in the price and one on top', 110_00n, rates([100_000, true], [200_000, false]), [10_00n, 20_00n], 10_00n, 20_00n],
  ['a rate of nothing', 40_00n, rates([0, false], [0, true]), [], 0n, 0n],
  ['nothing on nothing', 0n, rates([200_000, false], [200_000, true]), [], 0n, 0n],
] // prettier-ignore

for (const [name, amountMinor, given, amounts, includedMinor, addedMinor] of SUMS) {
  test(`${name}: ${amounts.join(' and ') || 'none'}`, () => {
    const taxed = taxesOn(amountMinor, given)
    deepEqual(
      taxed.taxes.map((tax) => tax.amountMinor),
      amounts,
    )
    deepEqual([taxed.includedMinor, taxed.addedMinor], [includedMinor, addedMinor])
  })
}

const anyRate = fc.tuple(fc.nat(1_000_000), fc.boolean())

test('whatever the rates: the taxes sum to what is included and added, and the price holds what it includes', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10_000_000n),
      fc.array(anyRate, { maxLength: 5 }),
      (amount, given) => {
        const { taxes, includedMinor, addedMinor } = taxesOn(amount, rates(...given))
        const sum = (isInclusive: boolean) =>
          taxes
            .filter(({ rate }) => rate.isInclusive === isInclusive)
            .reduce((all, tax) => all + tax.amountMinor, 0n)
        equal(sum(true), includedMinor)
        equal(sum(false), addedMinor)
        ok(includedMinor >= 0n && includedMinor <= amount)
        ok(taxes.every((tax) => tax.amountMinor > 0n))
      },
    ),
  )
})
