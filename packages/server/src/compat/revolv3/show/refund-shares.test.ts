import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toPlans } from '../actions/start-installment.ts'
import { netLeft, sharesOf, withTax } from './refund-shares.ts'

const bill = (subtotalMinor: bigint, taxMinor: bigint) => ({
  subtotalMinor,
  taxMinor,
  discountMinor: 0n,
})
const gone = (amountMinor: bigint, status = 'succeeded') => ({ amountMinor, status })

test('5.00 of 10.99 takes 1.16 of a tax of 2.56 with it, and the rest takes the rest', () => {
  const invoice = bill(1099n, 256n)
  // 256 * 500 / 1099 = 116.47
  equal(withTax(invoice, [], 500n), 616n)
  deepEqual(sharesOf(invoice, [gone(616n)]), [{ netMinor: 500n, taxMinor: 116n }])
  equal(netLeft(invoice, [gone(616n)]), 599n)
  equal(withTax(invoice, [gone(616n)], 599n), 739n)
})

test('a refund that failed gives nothing back', () => {
  equal(netLeft(bill(1000n, 0n), [gone(400n, 'failed'), gone(100n)]), 900n)
})

test('in whatever parts: what goes back adds up to price and tax, to the cent', () => {
  const amounts = fc.record({
    price: fc.bigInt(1n, 100_000n),
    tax: fc.bigInt(0n, 30_000n),
    parts: fc.array(fc.bigInt(1n, 40_000n), { maxLength: 6 }),
  })
  fc.assert(
    fc.property(amounts, ({ price, tax, parts }) => {
      const invoice = bill(price, tax)
      const refunds: { amountMinor: bigint; status: string }[] = []
      for (const part of parts) {
        const left = netLeft(invoice, refunds)
        if (left === 0n) break
        const net = part < left ? part : left
        const amountMinor = withTax(invoice, refunds, net)
        ok(amountMinor >= net)
        refunds.push(gone(amountMinor))
        deepEqual(sharesOf(invoice, refunds).at(-1), { netMinor: net, taxMinor: amountMinor - net })
        equal(netLeft(invoice, refunds), left - net)
      }
      const rest = netLeft(invoice, refunds)
      const last = rest === 0n ? 0n : withTax(invoice, refunds, rest)
      equal(
        refunds.reduce((sum, { amountMinor }) => sum + amountMinor, last),
        price + tax,
      )
    }),
  )
})

const INSTALLMENTS = [
  // spec/revolv3.md 17, item 54
  [{ down: 200_00n, type: 'Amount', value: 500_00n, total: 2200_00n }, [[200_00n, 0, 1], [500_00n, 1, 4]]],
  [{ down: 0n, type: 'Amount', value: 500_00n, total: 1200_00n }, [[500_00n, 0, 2], [200_00n, 2, 1]]],
  [{ down: 100n, type: 'Count', value: 3n, total: 1100n }, [[100n, 0, 1], [334n, 1, 1], [333n, 2, 2]]],
  [{ down: 1000n, type: 'Amount', value: 500n, total: 1000n }, [[1000n, 0, 1]]],
] as const // prettier-ignore

for (const [{ down, type, value, total }, expected] of INSTALLMENTS) {
  test(`${total} with ${down} down, ${type} ${value}: ${expected.map(([each, , count]) => `${count} x ${each}`).join(', ')}`, () => {
    const items = [{ name: 'Bike', amountMinor: total }]
    const plans = toPlans({ items, downPaymentMinor: down, type, value })
    deepEqual(
      plans.map(({ valueHundredths, cycleFirst, cycleCount }) => [
        valueHundredths,
        cycleFirst,
        cycleCount,
      ]),
      expected,
    )
  })
}
