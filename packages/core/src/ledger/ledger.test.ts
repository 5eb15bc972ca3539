import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import { type Uuid, uuidV7 } from '../ids/index.ts'
import { type Currency, parseCurrency } from '../money/index.ts'
import { instantFromMs } from '../time/index.ts'
import {
  CHART,
  type Transfer,
  balances,
  isLedgerAccount,
  onNormalSide,
  reverse,
  transfer,
} from './index.ts'

const ACCOUNTS = Object.keys(CHART).filter(isLedgerAccount)

function currencyOf(code: string): Currency {
  const currency = parseCurrency(code)
  ok(currency !== null)
  return currency
}

function uuidOf(n: number): Uuid {
  return uuidV7(n, new Uint8Array(10))
}

const USD = currencyOf('USD')

const SALE: Transfer = {
  id: uuidOf(1),
  at: instantFromMs(0),
  debit: 'receivable',
  credit: 'revenue',
  amountMinor: 2900n,
  currency: USD,
  customerId: uuidOf(2),
  invoiceId: uuidOf(3),
  gatewayId: null,
  sourceKind: 'invoice_issued',
  sourceId: uuidOf(3),
  sourcePosition: 0,
  reversalOf: null,
}

test('a transfer that moves nothing, moves backwards or moves nowhere is a fault', () => {
  deepEqual(transfer(SALE), SALE)
  throws(() => transfer({ ...SALE, amountMinor: 0n }), Fault)
  throws(() => transfer({ ...SALE, amountMinor: -1n }), Fault)
  throws(() => transfer({ ...SALE, credit: 'receivable' }), Fault)
  throws(() => transfer({ ...SALE, sourceKind: '' }), Fault)
  throws(() => transfer({ ...SALE, reversalOf: SALE.id }), Fault)
})

test('a reversal is the same amount the other way and names what it takes back', () => {
  const by = {
    id: uuidOf(9),
    at: instantFromMs(5),
    sourceKind: 'invoice_voided',
    sourceId: uuidOf(8),
  }
  deepEqual(reverse(SALE, by), {
    ...SALE,
    ...by,
    debit: 'revenue',
    credit: 'receivable',
    reversalOf: SALE.id,
  })
})

test('balances are kept by account and currency, and read on the side where the account grows', () => {
  const euroSale = { ...SALE, currency: currencyOf('EUR'), amountMinor: 100n }
  const paid = { ...SALE, debit: 'gateway_clearing', credit: 'receivable' } as const
  const fee = {
    ...SALE,
    debit: 'gateway_fees',
    credit: 'gateway_clearing',
    amountMinor: 87n,
  } as const
  const found = balances([SALE, euroSale, paid, fee]).map((balance) => [
    balance.account,
    balance.currency,
    balance.netMinor,
    onNormalSide(balance),
  ])
  deepEqual(found, [
    ['gateway_clearing', 'USD', 2813n, 2813n], // 2900 - 87
    ['gateway_fees', 'USD', 87n, 87n],
    ['receivable', 'EUR', 100n, 100n],
    ['receivable', 'USD', 0n, 0n], // settled: 2900 - 2900
    ['revenue', 'EUR', -100n, 100n],
    ['revenue', 'USD', -2900n, 2900n],
  ])
})

test('nothing booked is no balance', () => {
  deepEqual(balances([]), [])
})

test('the chart says of every account what it is for', () => {
  for (const account of ACCOUNTS) ok(/^[A-Z].{15,}\.$/.test(CHART[account].meaning), account)
  equal(isLedgerAccount('toString'), false)
  equal(isLedgerAccount('Revenue'), false)
})

const transfers = fc
  .record({
    sides: fc.shuffledSubarray([...ACCOUNTS], { minLength: 2, maxLength: 2 }),
    amountMinor: fc.bigInt({ min: 1n, max: 10n ** 15n }),
    currency: fc.constantFrom(USD, currencyOf('EUR'), currencyOf('JPY')),
    n: fc.nat({ max: 1_000_000 }),
  })
  .map(({ sides, amountMinor, currency, n }): Transfer => {
    const [debit = 'receivable', credit = 'revenue'] = sides
    return transfer({ ...SALE, id: uuidOf(n), debit, credit, amountMinor, currency })
  })
const books = fc.array(transfers, { maxLength: 60 })

test('the trial balance sums to zero in every currency, whatever was booked', () => {
  fc.assert(
    fc.property(books, (booked) => {
      const sums = new Map<string, bigint>()
      for (const { currency, netMinor, debitMinor, creditMinor } of balances(booked)) {
        equal(netMinor, debitMinor - creditMinor)
        sums.set(currency, (sums.get(currency) ?? 0n) + netMinor)
      }
      for (const [currency, sum] of sums) equal(sum, 0n, currency)
    }),
    { numRuns: 500 },
  )
})

test('what is booked and reversed leaves every balance at zero', () => {
  const by = {
    id: uuidOf(2 ** 40),
    at: instantFromMs(1),
    sourceKind: 'correction',
    sourceId: uuidOf(4),
  }
  fc.assert(
    fc.property(books, (booked) => {
      const undone = booked.map((each) => reverse(each, by))
      for (const balance of balances([...booked, ...undone])) equal(balance.netMinor, 0n)
    }),
    { numRuns: 200 },
  )
})

test('balances do not depend on the order of booking', () => {
  fc.assert(
    fc.property(books, (booked) => deepEqual(balances(booked.toReversed()), balances(booked))),
    { numRuns: 200 },
  )
})
