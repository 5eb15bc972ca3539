import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assert } from '../fault/index.ts'
import { isUuid, type Uuid } from '../ids/index.ts'
import { addDays, parseInstant } from '../time/index.ts'
import {
  applyDiscounts,
  findObstacle,
  NO_USES,
  type Discount,
  type DiscountedSale,
  type DiscountUses,
  type PricedLine,
} from './index.ts'

function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a numbered id is a uuid')
  return id
}

const NOW = parseInstant('2031-01-15T00:00:00Z')
assert(NOW !== null, 'a test names an instant')
const [TEA, CUP] = [numberedId(1), numberedId(2)]

function discount(more: Partial<Discount> = {}): Discount {
  return {
    id: numberedId(9),
    code: 'TEN',
    name: 'Ten off',
    value: { kind: 'percentage', rateBps: 1_000n },
    productIds: null,
    scope: 'entire_order',
    duration: { kind: 'forever' },
    validFrom: null,
    validUntil: null,
    usesMax: null,
    usesPerCustomerMax: null,
    isForFirstTimeCustomers: false,
    isActive: true,
    ...more,
  }
}

const line = (
  amountMinor: bigint,
  productId: Uuid | null = TEA,
  isRecurring = true,
): PricedLine => ({
  productId,
  isRecurring,
  amountMinor,
})
const percent = (rateBps: bigint) => ({ value: { kind: 'percentage', rateBps } }) as const
const fixed = (amountMinor: bigint) => ({ value: { kind: 'fixed_amount', amountMinor } }) as const

const SUMS: readonly (readonly [string, readonly Partial<Discount>[], readonly PricedLine[], readonly bigint[], readonly bigint[]])[] = [
  ['a percentage of what is sold', [percent(1_000n)], [line(40_00n)], [4_00n], [36_00n]],
  // 10 % of 40.00, then 10 % of the 36.00 that are left.
  ['each percentage of what those before it have left', [percent(1_000n), percent(1_000n)], [line(40_00n)], [4_00n, 3_60n], [32_40n]],
  ['a fixed amount before a percentage', [fixed(10_00n), percent(5_000n)], [line(40_00n)], [10_00n, 15_00n], [15_00n]],
  ['a fixed amount of more than there is', [fixed(50_00n), percent(1_000n)], [line(40_00n)], [40_00n], [0n]],
  ['half a unit is rounded up once', [percent(5_000n)], [line(5n)], [3n], [2n]],
  ['only the products that it is for', [{ productIds: [CUP] }], [line(40_00n), line(10_00n, CUP)], [1_00n], [40_00n, 9_00n]],
  ['only what recurs', [{ scope: 'subscription_only' }], [line(40_00n), line(10_00n, CUP, false)], [4_00n], [36_00n, 10_00n]],
  ['only what does not recur', [{ scope: 'one_time_only' }], [line(40_00n), line(10_00n, CUP, false)], [1_00n], [40_00n, 9_00n]],
  // 1.00 of 3 lines of 1.00: the odd unit to the first.
  ['several lines share it to the cent', [fixed(1_00n)], [line(1_00n), line(1_00n), line(1_00n)], [1_00n], [66n, 67n, 67n]],
] // prettier-ignore

for (const [name, discounts, lines, taken, left] of SUMS) {
  test(`comes off: ${name}`, () => {
    const done = applyDiscounts(discounts.map(discount), lines)
    deepEqual(
      done.applied.map(({ amountMinor }) => amountMinor),
      taken,
    )
    deepEqual(done.leftMinor, left)
  })
}

const OBSTACLES: readonly (readonly [string, Partial<Discount>, Partial<DiscountUses>, Partial<DiscountedSale>, string | null])[] = [
  ['nothing is in the way', {}, {}, {}, null],
  ['switched off', { isActive: false }, {}, {}, 'inactive'],
  ['before it begins', { validFrom: addDays(NOW, 1) }, {}, {}, 'not_started'],
  ['at the instant it begins', { validFrom: NOW }, {}, {}, null],
  ['at the instant it ends', { validUntil: NOW }, {}, {}, 'expired'],
  ['once, and used', { duration: { kind: 'once' } }, { ofSubscription: 1 }, {}, 'spent'],
  ['the last of three cycles', { duration: { kind: 'repeating', cycles: 3 } }, { ofSubscription: 2 }, {}, null],
  ['after three cycles', { duration: { kind: 'repeating', cycles: 3 } }, { ofSubscription: 3 }, {}, 'spent'],
  ['forever', {}, { ofSubscription: 1_000, inAll: 1_000, ofCustomer: 1_000 }, {}, null],
  ['the last use of all', { usesMax: 5 }, { inAll: 4 }, {}, null],
  ['all uses gone', { usesMax: 5 }, { inAll: 5 }, {}, 'used_up'],
  ["all the customer's uses gone", { usesPerCustomerMax: 1 }, { ofCustomer: 1 }, {}, 'used_up_by_customer'],
  ['for what is bought once', { scope: 'one_time_only' }, {}, {}, 'not_for_this_scope'],
  ['for another product', { productIds: [CUP] }, {}, {}, 'not_for_these_products'],
  ['for new customers, and an old one', { isForFirstTimeCustomers: true }, {}, { isFirstTimeCustomer: false }, 'not_a_first_time_customer'],
] // prettier-ignore

for (const [name, more, uses, sale, expected] of OBSTACLES) {
  test(`${expected === null ? 'counts' : `does not count, ${expected}`}: ${name}`, () => {
    const sold = { at: NOW, lines: [line(40_00n)], isFirstTimeCustomer: true, ...sale }
    equal(findObstacle(discount(more), { ...NO_USES, ...uses }, sold), expected)
  })
}

const anyDiscount = fc
  .record({
    rateBps: fc.option(fc.bigInt(1n, 10_000n)),
    amountMinor: fc.bigInt(1n, 20_000n),
    productIds: fc.constantFrom(null, [TEA], [CUP], [TEA, CUP]),
    scope: fc.constantFrom('entire_order', 'subscription_only', 'one_time_only'),
  })
  .map(({ rateBps, amountMinor, ...rest }) =>
    discount({ ...rest, ...(rateBps === null ? fixed(amountMinor) : percent(rateBps)) }),
  )
const anyLine = fc
  .tuple(fc.bigInt(0n, 1_000_000n), fc.constantFrom(TEA, CUP, null), fc.boolean())
  .map(([amountMinor, productId, isRecurring]) => line(amountMinor, productId, isRecurring))

test('whatever comes off: taken and left sum to what there was, and nothing is below nothing', () => {
  fc.assert(
    fc.property(
      fc.array(anyDiscount, { maxLength: 6 }),
      fc.array(anyLine, { maxLength: 5 }),
      (discounts, lines) => {
        const { applied, leftMinor } = applyDiscounts(discounts, lines)
        const sum = (amounts: readonly bigint[]) => amounts.reduce((all, one) => all + one, 0n)
        const before = sum(lines.map(({ amountMinor }) => amountMinor))
        equal(sum(applied.map(({ amountMinor }) => amountMinor)) + sum(leftMinor), before)
        ok(
          leftMinor.every((left, index) => left >= 0n && left <= (lines[index]?.amountMinor ?? 0n)),
        )
        ok(applied.every(({ amountMinor }) => amountMinor > 0n))
      },
    ),
  )
})
