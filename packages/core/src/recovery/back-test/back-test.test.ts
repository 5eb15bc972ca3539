import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Decline } from '../../declines/index.ts'
import { parseCurrency } from '../../money/index.ts'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import { emptyEvidence } from '../planner/evidence.ts'
import { buildModel } from '../planner/model.ts'
import { backTest } from './back-test.ts'
import { horizonDaysOf } from './horizon.ts'
import type { PastCase, PastEvidence, TestedPolicy } from './past-case.ts'
import { walkPolicy } from './walk-policy.ts'

const OPENED = parseInstant('2027-03-01T09:00:00Z') as Instant
const USD = parseCurrency('USD') ?? assert.fail('USD is a currency')
const model = buildModel(emptyEvidence(), OPENED)
const models = { chooser: model, judge: model }
const fixed = (...days: number[]): TestedPolicy => ({ kind: 'fixed', days })
const free: TestedPolicy = { kind: 'planner', days: null, horizonDays: 28, attemptsMax: 8 }

function short(adviceCode: string | null = null): Decline {
  return { code: 'insufficient_funds', isoCode: '51', adviceCode, message: null }
}

function past(over: Partial<PastCase> = {}): PastCase {
  return {
    billId: 'bill',
    openedAt: OPENED,
    amountMinor: 10_00n,
    currency: USD,
    traits: { bin: null, country: 'US', zone: UTC },
    card: { network: 'visa', country: 'US', history: [] },
    gateways: ['one'],
    firstDecline: short(),
    tries: [],
    endedAt: null,
    ...over,
  }
}

function daysOf(one: PastCase, policy: TestedPolicy): number[] {
  return walkPolicy(one, policy, models).map(({ at }) => (at - OPENED) / (24 * MS_PER_HOUR))
}

describe('what a policy would have tried', () => {
  test('is only what the card networks allow', () => {
    const visa = Array.from({ length: 14 }, (_, index) => {
      const at = addDays(OPENED, index - 20)
      return { at, amountMinor: 10_00n, currency: USD, decline: short() }
    })
    // The first failure was the 15th try of the amount in 30 days: the next is allowed on day 10, when the oldest is 30 days old.
    const counted = past({ card: { network: 'visa', country: 'US', history: visa } })
    assert.deepEqual(daysOf(counted, fixed(1, 3, 7)), [])
    assert.deepEqual(daysOf(counted, fixed(1, 15)), [10, 15])
    for (const day of daysOf(counted, free)) assert.ok(day >= 10, String(day))
    for (const policy of [fixed(1, 3, 7), free])
      assert.deepEqual(daysOf(past({ firstDecline: short('03') }), policy), [], 'advised never to')
    const delayed = past({ card: { network: 'mastercard', country: 'US', history: [] }, firstDecline: short('30') })
    assert.deepEqual(daysOf(delayed, fixed(1, 3, 7, 28)), [10, 20])
  }) // prettier-ignore

  test('ends where something else has ended the bill', () => {
    const paid = past({ endedAt: addDays(OPENED, 4) })
    assert.deepEqual(daysOf(past(), fixed(1, 3, 7)), [1, 3, 7])
    assert.deepEqual(daysOf(paid, fixed(1, 3, 7)), [1, 3])
    for (const day of daysOf(paid, free)) assert.ok(day < 4, String(day))
  })
})

describe('a back-test', () => {
  test('watches failed payments as long as the longest policy, 28 days at least', () => {
    assert.deepEqual(
      [[], [fixed(1, 3)], [free, { ...free, days: [1, 40] }], [fixed(1, 60), free]].map(horizonDaysOf),
      [28, 28, 40, 60],
    )
  }) // prettier-ignore

  test('cuts what was done where it cuts what would have been', () => {
    const at = (day: number) => addDays(OPENED, day)
    const late = past({
      tries: [
        { at: at(7), gateway: 'one', failed: 'funds' },
        { at: addMs(at(28), 1), gateway: 'one', failed: null },
      ],
    })
    const tested = (policies: readonly TestedPolicy[]) =>
      backTest({ cases: [late], evidence: [], policies, seed: 1 })
    const within28 = tested([fixed(7)])
    assert.deepEqual([within28.actualMinor, within28.actualTries], [0n, 1])
    const within40 = tested([fixed(7, 40)])
    assert.deepEqual([within40.horizonDays, within40.actualMinor], [40, 10_00n])
  })

  test('judges a case by what the other half of the past has shown, and by nothing that its planner chose by', () => {
    const tried = past({ tries: [{ at: addDays(OPENED, 2), gateway: 'one', failed: null }] })
    // 60 retries two days after a shortage, none of which found money.
    const shown = (billId: string): PastEvidence[] =>
      Array.from({ length: 60 }, (_, index) => {
        const at = addDays(OPENED, -30 + index / 4)
        const card = { traits: tried.traits, gateway: 'one', at, shortAt: addDays(at, -2) }
        return { ...card, billId, failed: 'funds', isFirst: false, refusedAt: null }
      })
    const judged = (evidence: readonly PastEvidence[]) =>
      backTest({ cases: [tried], evidence, policies: [free], seed: 1 }).expectedPerWon
    const unknown = judged([])
    assert.equal(judged(shown('bill')), unknown, 'its own half')
    const judges = ['a', 'b', 'c', 'd'].filter((id) => judged(shown(id)) !== unknown)
    assert.equal(judges.length, 2, judges.join())
  })
})
