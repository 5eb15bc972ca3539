import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { refundShares, taxOfRefund, type GivenBack } from './index.ts'

const NOTHING: GivenBack = {
  refundedMinor: 0n,
  refundedTaxMinor: 0n,
  notedMinor: 0n,
  notedTaxMinor: 0n,
}

/** Of 100.00 and 20.00 of tax. */
const BILL = { totalMinor: 12_000n, taxMinor: 2000n }

const SHARES: readonly (readonly [
  what: string,
  before: Partial<GivenBack>,
  amountMinor: bigint,
  taxMinor: bigint,
])[] = [
  ['all of it', {}, 12_000n, 2000n],
  ['half of it', {}, 6000n, 1000n],
  ['the other half', { refundedMinor: 6000n, refundedTaxMinor: 1000n }, 6000n, 1000n],
  ['a note has told all the tax', { notedMinor: 6000n, notedTaxMinor: 2000n }, 6000n, 0n],
  ['a note has told its half', { notedMinor: 6000n, notedTaxMinor: 1000n }, 3000n, 500n],
  ['a note has told no tax', { notedMinor: 6000n }, 6000n, 2000n],
  ['an earlier refund took no tax', { refundedMinor: 6000n }, 6000n, 2000n],
  ['and this one is too small for it', { refundedMinor: 11_000n }, 1000n, 1000n],
  ['an earlier one took more', { refundedMinor: 1000n, refundedTaxMinor: 2000n }, 1000n, 0n],
]

for (const [what, before, amountMinor, taxMinor] of SHARES)
  test(`${taxMinor} of tax go back with a refund of ${amountMinor}: ${what}`, () => {
    equal(taxOfRefund(BILL, { ...NOTHING, ...before }, amountMinor), taxMinor)
  })

test('nothing goes back of an invoice without tax', () => {
  equal(taxOfRefund({ totalMinor: 12_000n, taxMinor: 0n }, NOTHING, 5000n), 0n)
})

const amounts = fc.bigInt({ min: 0n, max: 100_000n })

test('refunds take the tax back in the shares in which they are shown, and all of it with the last', () => {
  const parts = fc.array(fc.bigInt({ min: 1n, max: 50_000n }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(parts, amounts, (list, tax) => {
      const totalMinor = list.reduce((sum, minor) => sum + minor, 0n)
      const taxMinor = tax < totalMinor ? tax : totalMinor
      let before = NOTHING
      const taken = list.map((amountMinor) => {
        const share = taxOfRefund({ totalMinor, taxMinor }, before, amountMinor)
        ok(share >= 0n && share <= amountMinor)
        const refundedMinor = before.refundedMinor + amountMinor
        before = { ...before, refundedMinor, refundedTaxMinor: before.refundedTaxMinor + share }
        return share
      })
      const bill = { subtotalMinor: totalMinor - taxMinor, discountMinor: 0n, taxMinor }
      const refunds = list.map((amountMinor) => ({ amountMinor, status: 'succeeded' }))
      deepEqual(taken, refundShares(bill, refunds).map((share) => share.taxMinor)) // prettier-ignore
      equal(before.refundedTaxMinor, taxMinor)
    }),
  )
})
