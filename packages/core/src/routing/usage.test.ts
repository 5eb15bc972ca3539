import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCurrency } from '../money/index.ts'
import { G1, G2, USD } from './test-routing.ts'
import {
  emptyBook,
  NO_FIGURES,
  noteCharge,
  passedCap,
  type RoutingBook,
  type UsageMetric,
  type UsagePeriod,
} from './usage.ts'

const EUR = parseCurrency('EUR') ?? assert.fail('EUR is a currency')

/** Of the day: 60.00 captured in ten attempts, two of them declined, and one chargeback. */
function bookOfTheDay(planned = 0): RoutingBook {
  const day = {
    capturedMinor: new Map([[USD, 60_00n]]),
    approved: 8,
    declined: 2,
    attempts: 10,
    chargebacks: 1,
  }
  const usage = { hour: NO_FIGURES, day, week: day, month: day }
  const book = { ...emptyBook(), usage: new Map([[G1, usage]]) }
  const charge = { gatewayId: G1, amountMinor: 5_00n, currency: USD, turns: [] }
  for (let number = 0; number < planned; number += 1) noteCharge(book, charge)
  return book
}

const CHARGE = { gatewayId: G1, amountMinor: 40_00n, currency: USD }

describe('a cap on how much a gateway is used', () => {
  type Row = readonly [metric: UsageMetric, figure: bigint, planned: number, why: string]
  const rows: readonly Row[] = [
    ['captured_amount', 100_00n, 0, '60.00 and the 40.00 of this charge'],
    ['captured_amount', 110_00n, 2, 'and twice the 5.00 that are planned'],
    ['approved_count', 9n, 0, 'eight, and this one'],
    ['approved_count', 11n, 2, 'and two that are planned'],
    ['declined_count', 3n, 0, 'two, and this one if it is declined'],
    ['declined_count', 3n, 2, 'what is planned is no decline yet'],
    ['attempt_count', 11n, 0, 'ten, and this one'],
    ['attempt_count', 13n, 2, 'and two that are planned'],
    ['decline_rate', 19n, 0, '2 of 11 are 18.2 %, the next whole percent'],
    ['decline_rate', 16n, 2, '2 of 13 are 15.4 %'],
    ['chargeback_count', 1n, 0, 'one; this charge is none yet'],
    ['chargeback_count', 1n, 2, 'nor is what is planned'],
  ]
  for (const [metric, figure, planned, why] of rows) {
    it(`${metric} comes to ${figure} (${why}): reached is allowed, passed is not`, () => {
      const book = bookOfTheDay(planned)
      const capAt = (max: bigint) =>
        passedCap(book, CHARGE, [{ metric, period: 'day', max: Number(max) }])
      assert.equal(capAt(figure), null)
      assert.equal(capAt(figure - 1n)?.figure, figure)
    })
  }

  it('counts the hours of its own period', () => {
    const capIn = (period: UsagePeriod, metric: UsageMetric, max: number) =>
      passedCap(bookOfTheDay(), CHARGE, [{ metric, period, max }])?.figure ?? null
    assert.equal(capIn('hour', 'approved_count', 0), 1n)
    assert.equal(capIn('hour', 'decline_rate', 0), null)
    assert.equal(capIn('hour', 'chargeback_count', 0), null)
    assert.equal(capIn('week', 'approved_count', 0), 9n)
    assert.equal(capIn('month', 'chargeback_count', 0), 1n)
  })

  it('counts its own gateway, and amounts in the currency of the charge', () => {
    const rules = [{ metric: 'captured_amount', period: 'day', max: 0 } as const]
    const figureOf = (charge: Partial<typeof CHARGE>) =>
      passedCap(bookOfTheDay(), { ...CHARGE, ...charge }, rules)?.figure
    assert.equal(figureOf({ currency: EUR }), 40_00n)
    assert.equal(figureOf({ gatewayId: G2 }), 40_00n)
  })

  it('tells the first cap that is passed', () => {
    const cap = (metric: UsageMetric, max: number) => ({ metric, period: 'day', max }) as const
    const rules = [cap('attempt_count', 11), cap('chargeback_count', 0), cap('approved_count', 0)]
    assert.equal(passedCap(bookOfTheDay(), CHARGE, rules)?.rule, rules[1])
  })
})
