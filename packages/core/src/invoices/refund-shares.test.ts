import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { refundOfPrice, refundShares } from './index.ts'

const bill = (subtotalMinor: bigint, taxMinor: bigint, discountMinor = 0n) => ({
  subtotalMinor,
  taxMinor,
  discountMinor,
})
const gone = (amountMinor: bigint, status = 'succeeded') => ({ amountMinor, status })

const ROWS = [
  // price and tax, what went back before, what of the price is to go back: what goes back, or why not
  [bill(1099n, 256n), [], 500n, 616n], // 256 * 500 / 1099 = 116.47
  [bill(1099n, 256n), [gone(616n)], 600n, 'refund_above_rest: 599 left'],
  [bill(1099n, 256n), [gone(616n)], null, 739n], // 599 + 140
  [bill(1099n, 256n), [gone(616n), gone(739n)], null, 'payment_already_refunded: 0 left'],
  [bill(1000n, 0n), [gone(400n, 'failed'), gone(100n)], null, 900n], // what failed gave nothing back
  [bill(1000n, 90n, 100n), [], null, 990n], // the price is 900
  [bill(1000n, 100n), [gone(330n)], 1n, 1n], // 300 + 30 went back; 301 of 1000 bear 30.1
] as const

test('so much of the price takes its part of the tax with it, and the last part all that is left', () => {
  for (const [invoice, before, wish, expected] of ROWS) {
    const decision = refundOfPrice(invoice, before, wish)
    const said =
      decision.kind === 'accepted'
        ? decision.amountMinor
        : `${decision.code}: ${decision.leftMinor} left`
    equal(said, expected, `${wish} of ${invoice.subtotalMinor}`)
  }
  deepEqual(refundShares(bill(1099n, 256n), [gone(616n)]), [{ netMinor: 500n, taxMinor: 116n }])
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
      for (const netMinor of [...parts, null]) {
        const decision = refundOfPrice(invoice, refunds, netMinor)
        if (decision.kind === 'refused') continue
        ok(decision.amountMinor >= (netMinor ?? 0n))
        refunds.push(gone(decision.amountMinor))
        const last = refundShares(invoice, refunds).at(-1)
        if (netMinor !== null) equal(last?.netMinor, netMinor)
        equal((last?.netMinor ?? 0n) + (last?.taxMinor ?? 0n), decision.amountMinor)
      }
      const shares = refundShares(invoice, refunds)
      equal(shares.reduce((sum, share) => sum + share.netMinor, 0n), price) // prettier-ignore
      equal(shares.reduce((sum, share) => sum + share.taxMinor, 0n), tax) // prettier-ignore
    }),
  )
})
