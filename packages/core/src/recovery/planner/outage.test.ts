import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import { createDraw } from '../back-test/draws.ts'
import {
  buildModel,
  emptyEvidence,
  explainPlan,
  findOutage,
  learn,
  learnWatchfully,
  packSegment,
  planRetry,
  unpackSegment,
  type Evidence,
  type FailureReason,
  type WatchedAttempt,
  type Watches,
} from '../index.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant
const TRAITS = { bin: '424242', country: 'US', zone: UTC }
const AMBER = { gateway: 'amber', currency: 'USD' }
const DURING = { ...AMBER, at: addDays(NOW, 5) }

/** Charges of a card of their own each, one every twelve minutes. */
class Shop {
  readonly evidence: Evidence = emptyEvidence()
  readonly watches: Watches = new Map()
  at: Instant
  #cards = 0

  constructor(at: Instant) {
    this.at = at
  }

  charge(failed: FailureReason | null, own: Partial<WatchedAttempt> = {}): void {
    this.at = addMs(this.at, MS_PER_HOUR / 5)
    this.#cards += 1
    const isFirst = own.isFirst ?? true
    learnWatchfully(this.evidence, this.watches, {
      traits: TRAITS,
      ...AMBER,
      card: `card ${this.#cards}`,
      at: this.at,
      failed,
      isFirst,
      shortAt: null,
      refusedAt: isFirst ? null : addMs(this.at, -24 * MS_PER_HOUR),
      ...own,
    })
  }

  /** How many charges it takes until an outage is suspected; `most` when it never is. */
  chargesUntilSuspected(most: number, charge: (index: number) => void): number {
    for (let index = 1; index <= most; index += 1) {
      charge(index)
      if (this.evidence.outages.size > 0) return index
    }
    return most
  }
}

/** After charges of which a share is approved. */
function shopWhere(
  usual: { readonly charges: number; readonly declinesEvery: number },
  own: Partial<WatchedAttempt> = {},
): Shop {
  const shop = new Shop(addMs(NOW, (-usual.charges * MS_PER_HOUR) / 5))
  for (let index = 1; index <= usual.charges; index += 1)
    shop.charge(index % usual.declinesEvery === 1 ? 'refusal' : null, own)
  return shop
}

const usualMonth = () => shopWhere({ charges: 5 * 24 * 30, declinesEvery: 12 })

function questionAt(now: Instant) {
  return {
    traits: TRAITS,
    now,
    endsAt: addDays(now, 28),
    attemptsLeft: 8,
    earliestAt: now,
    lastReason: 'refusal' as const,
    lastAttemptAt: now,
    shortAt: null,
    refusedAt: now,
    limitAt: null,
    issuerDownAt: null,
    gateways: ['amber'],
    draw: 0.5,
  }
}

function chanceOf(evidence: Evidence, now: Instant): number {
  const plan = planRetry(buildModel(evidence, now), questionAt(now))
  return plan.kind === 'attempt' ? plan.chosen.chance : assert.fail(plan.kind)
}

describe('an outage of ours is suspected', () => {
  /** Whatever the refusals say: of a set-up that broke, every code comes from a gateway that works. */
  const REASONS: readonly FailureReason[] = [
    'funds',
    'refusal',
    'limit',
    'issuer_down',
    'gateway_down',
    'card_ended',
    'authentication',
    'final',
  ]
  for (const reason of REASONS)
    test(`where 17 cards in a row are refused with ${reason}, and eleven in twelve are approved as a rule`, () => {
      // Half of 11/12 on a bad day: each refusal is (1 - 0.046) / (1 - 0.46) = 1.76 times likelier, and 1.76^17 > 10,000.
      const shop = usualMonth()
      assert.equal(
        shop.chargesUntilSuspected(40, () => shop.charge(reason)),
        17,
      )
    })

  const SLOWER: readonly (readonly [what: string, shop: Shop, every: number, needs: number])[] = [
    ['every tenth is still approved', usualMonth(), 10, 27],
    ['every eighth is still approved', usualMonth(), 8, 37],
    ['only 20 charges were ever made', shopWhere({ charges: 20, declinesEvery: 12 }), 0, 19],
    ['nothing is known of the gateway', new Shop(NOW), 0, 36],
  ]
  for (const [what, shop, every, needs] of SLOWER)
    test(`where ${what}, after ${needs} charges`, () => {
      const needed = shop.chargesUntilSuspected(200, (index) =>
        shop.charge(every > 0 && index % every === 0 ? null : 'refusal'),
      )
      assert.equal(needed, needs)
    })

  test('by tries after refusals alone, of which every second is approved as a rule', () => {
    const again = { isFirst: false }
    const shop = shopWhere({ charges: 400, declinesEvery: 2 }, again)
    const needed = shop.chargesUntilSuspected(100, () => shop.charge('refusal', again))
    // A quarter of a half on a bad day: (1 - 0.0125) / (1 - 0.125) = 1.13, and 1.13^77 > 10,000.
    assert.equal(needed, 77)
  })

  test('of one currency and gateway, while the others go on', () => {
    const shop = usualMonth()
    const ways = [AMBER, { ...AMBER, currency: 'EUR' }, { ...AMBER, gateway: 'birch' }]
    for (let index = 0; index < 100; index += 1)
      for (const way of ways) shop.charge(way === AMBER ? 'final' : null, way)
    assert.deepEqual([...shop.evidence.outages.keys()], ['amber USD'])
    const found = ways.map((way) => findOutage(shop.evidence.outages, { ...way, at: shop.at }))
    assert.deepEqual(
      found.map((outage) => outage !== null),
      [true, false, false],
    )
  })

  test('neither by one card that is charged again and again, nor by the last dozen of a month that nothing helps', () => {
    for (const cards of [1, 12]) {
      const shop = usualMonth()
      for (let index = 0; index < 25 * cards; index += 1) {
        const at = addMs(NOW, (index * 26 * MS_PER_HOUR) / cards)
        shop.charge('refusal', { card: `${index % cards}`, isFirst: index < cards, at })
      }
      assert.equal(shop.evidence.outages.size, 0)
    }
  })

  /** What is usual, and what comes, as chances of an approval: each drawn 20,000 times, a refusal a card. */
  const BAD_DAYS: readonly (readonly [what: string, isFirst: boolean, chances: readonly number[]])[] = [
    ['nine in ten are approved', true, [0.9]],
    ['two in three are', true, [0.67]],
    ['one in three is, from the first charge on', true, [0.33]],
    ['every second week refuses four times as many', true, [0.9, 0.6]],
    ['every fourth week approves half', true, [0.9, 0.9, 0.9, 0.45]],
    ['tries after refusals succeed around paydays', false, [0.6, 0.4, 0.2]],
  ] // prettier-ignore
  for (const [what, isFirst, chances] of BAD_DAYS)
    test(`in no case by chance where ${what}`, () => {
      const draw = createDraw(7)
      const shop = new Shop(NOW)
      const weekOf = (index: number) => Math.floor(index / (5 * 24 * 7)) % chances.length
      const needed = shop.chargesUntilSuspected(20_000, (index) =>
        shop.charge(draw() < (chances[weekOf(index)] ?? 0) ? null : 'refusal', { isFirst }),
      )
      assert.equal(needed, 20_000)
    })
})

describe('an outage of ours', () => {
  test('that lasts a week is told, teaches nothing about cards, and the planner goes on trying', () => {
    const shop = usualMonth()
    const { evidence } = shop
    const before = chanceOf(evidence, NOW)
    const learned = evidence.attempts
    for (let index = 0; index < 5 * 24 * 7; index += 1)
      shop.charge(index % 30 === 29 ? null : 'refusal', { isFirst: index % 2 === 0 })
    assert.equal(evidence.attempts, learned)
    const outage = findOutage(evidence.outages, DURING)
    assert.deepEqual(
      [outage?.sinceAt, outage?.tried, outage?.approved],
      [addMs(NOW, MS_PER_HOUR / 5), 840, 28],
    )

    const model = buildModel(evidence, shop.at)
    const plan = planRetry(model, questionAt(shop.at))
    if (plan.kind !== 'attempt') assert.fail('it goes on trying')
    assert.ok(plan.chosen.chance > 0.3 * before, String(plan.chosen.chance))
    const told = explainPlan(model, questionAt(shop.at), plan).evidence.join('\n')
    assert.match(
      told,
      /amber has approved 28 of 840 charges in USD since 2026-11-10.*outage of ours/,
    )
  })

  test('is over when charges are approved as usual again, not by one that slips through', () => {
    const shop = usualMonth()
    const { evidence } = shop
    const before = chanceOf(evidence, NOW)
    for (let index = 0; index < 100; index += 1) shop.charge('final')
    shop.charge(null)
    shop.charge('final')
    assert.equal(evidence.outages.size, 1)
    const learned = evidence.attempts
    // ln 10,000 / ln 10
    for (let index = 0; index < 4; index += 1) shop.charge(null)
    assert.equal(evidence.outages.size, 0)
    assert.equal(evidence.attempts, learned)
    shop.charge(null)
    assert.equal(evidence.attempts, learned + 1)
    assert.ok(Math.abs(chanceOf(evidence, shop.at) - before) < 0.1)
  })

  test('that goes on for 30 days is how things are, and learned like anything else', () => {
    const shop = usualMonth()
    const learned = shop.evidence.attempts
    for (let index = 0; index < 5 * 24 * 30; index += 1)
      shop.charge(index % 20 === 19 ? null : 'refusal')
    assert.equal(shop.evidence.attempts, learned)
    const { outages } = shop.evidence
    const late = { ...AMBER, at: addMs(NOW, 29 * 24 * MS_PER_HOUR) }
    assert.notEqual(findOutage(outages, late), null)
    assert.equal(findOutage(outages, { ...late, at: addDays(NOW, 31) }), null)
    for (let index = 0; index < 200; index += 1) shop.charge(index % 20 === 0 ? null : 'refusal')
    assert.equal(outages.size, 0)
    assert.ok(shop.evidence.attempts > learned + 150)
  })

  test('would have taught nonsense without a watch', () => {
    const watched = usualMonth().evidence
    const blind = usualMonth().evidence
    const seen = { traits: TRAITS, gateway: 'amber', failed: 'refusal' as const, shortAt: null }
    for (let index = 0; index < 5 * 24 * 7; index += 1) {
      const at = addMs(NOW, (index * MS_PER_HOUR) / 5)
      const isFirst = index % 2 === 0
      learn(blind, { ...seen, at, isFirst, refusedAt: isFirst ? null : addDays(at, -1) })
    }
    assert.ok(chanceOf(blind, addDays(NOW, 7)) < chanceOf(watched, NOW) - 0.05)
  })
})

test('refusals of a normal day are learned as soon as as much is approved as usual', () => {
  const shop = new Shop(NOW)
  for (let index = 0; index < 10; index += 1) shop.charge('refusal')
  assert.equal(shop.evidence.attempts, 0)
  // Ten refusals are 1.3^10 = 13.8 times likelier in an outage, an approval ten times less.
  shop.charge(null)
  shop.charge(null)
  assert.equal(shop.evidence.attempts, 12)
})

test('what was learned comes back from a row as it was', () => {
  const { evidence } = usualMonth()
  const restored = { ...emptyEvidence(), gateways: evidence.gateways, attempts: evidence.attempts }
  for (const segment of evidence.segments.values()) {
    const json: unknown = JSON.parse(JSON.stringify(packSegment(segment)))
    restored.segments.set(segment.key, unpackSegment(json as ReturnType<typeof packSegment>))
  }
  assert.ok(Math.abs(chanceOf(restored, NOW) - chanceOf(evidence, NOW)) < 0.001)
  const [size] = [...evidence.segments.values()].map(
    (segment) => JSON.stringify(packSegment(segment)).length,
  )
  assert.ok((size ?? 0) < 40_000, `${size} bytes a segment`)
})
