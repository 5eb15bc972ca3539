import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type PaymentAttempt, type Transaction, saleOf, saleTransfers } from '../index.ts'
import { ROUTE, at, attemptIn, numberedId } from '../test-payment.ts'

const NOW = at('2027-02-03')
const GIVEN = { id: numberedId(8), route: ROUTE }
const DECLINE = { code: 'expired_card', isoCode: null, adviceCode: null, message: 'Expired.' }

test('a settled attempt is a sale that succeeded or failed', () => {
  const sale = saleOf(attemptIn('succeeded'), GIVEN, NOW)
  deepEqual(
    [sale.type, sale.status, sale.amountMinor, sale.cardLast4, sale.createdAt],
    ['sale', 'succeeded', 4900n, '4242', NOW],
  )
  deepEqual([sale.responseCode, sale.responseText], [null, null])

  const responseOf = (decline: PaymentAttempt['decline']) => {
    const failed = saleOf({ ...attemptIn('declined'), decline }, { ...GIVEN, route: null }, NOW)
    return [failed.status, failed.responseCode, failed.responseText, failed.methodType]
  }
  deepEqual(responseOf(DECLINE), ['failed', 'expired_card', 'Expired.', null])
  deepEqual(responseOf({ ...DECLINE, isoCode: '54' }), ['failed', '54', 'Expired.', null])
})

const POSTINGS: readonly (readonly [Partial<Transaction>, debit: string, credit: string])[] = [
  [{}, 'gateway_clearing', 'receivable'],
  [{ gatewayId: null }, 'bank', 'receivable'], // taken by hand
  [{ invoiceId: null }, 'gateway_clearing', 'revenue'],
]

test('a sale debits whoever holds the money', () => {
  for (const [more, debit, credit] of POSTINGS) {
    const sale = { ...saleOf(attemptIn('succeeded'), GIVEN, NOW), ...more }
    const transfers = saleTransfers(sale, () => numberedId(9))
    equal(transfers.length, 1)
    deepEqual(
      transfers.map((each) => [each.debit, each.credit, each.amountMinor, each.sourceId]),
      [[debit, credit, 4900n, sale.id]],
    )
  }
})
