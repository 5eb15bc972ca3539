import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { halfMonthFunds, plainGateway, plainIssuer, plainWorld } from '../testing/plain-world.ts'
import { readWorldFile } from '../world-file/read-world-file.ts'
import type { WorldFile } from '../world-file/schema.ts'
import type { Attempt, Outcome } from './attempt.ts'
import { drawCard } from './card.ts'
import { judge, judgeAuthenticated } from './judge.ts'
import { type CardMemory, emptyMemory } from './memory.ts'
import { type World, loadWorld } from './world.ts'

const HOUR = 3_600_000
const at = (text: string) => Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
const always = { rate: 1 }
const may = [{ from: '2027-05-01T00:00:00Z', to: '2027-05-02T00:00:00Z' }]

function tell(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'declined':
    case 'needs_action':
      return outcome.decline.isoCode ?? outcome.decline.code
    case 'timed_out':
      return outcome.charged ? 'timeout, charged' : 'timeout'
    case 'approved':
    case 'gateway_error':
      return outcome.kind
  }
}

function attempt(world: World, change: Partial<Attempt> = {}): Attempt {
  return {
    card: drawCard(world, 0),
    memory: emptyMemory,
    gatewayId: 'g',
    amountMinor: 1000,
    currency: 'USD',
    at: at('2027-05-01T12:00:00Z'),
    ...change,
  }
}

/** Tries one card at each instant in turn, remembering what went before. */
function run(world: World, instants: readonly string[], change: Partial<Attempt> = {}): string[] {
  let memory = emptyMemory
  return instants.map((instant) => {
    const judged = judge(world, attempt(world, { ...change, memory, at: at(instant) }))
    memory = judged.memory
    return tell(judged.outcome)
  })
}

const inOrder: readonly (readonly [
  step: string,
  answer: string,
  issuer: object,
  gateway: object,
])[] = [
  ['gateway outage', 'gateway_error', {}, { outages: may }],
  ['gateway error', 'gateway_error', {}, { error_rate: 1 }],
  ['time-out', 'timeout', {}, { timeout_rate: 1 }],
  ['closed card', '46', { ends: { closed_per_year: 1e6 } }, {}],
  ['fraud', '59', { fraud: always }, {}],
  ['issuer outage', '91', { outages: may }, {}],
  ['authentication', '1A', { authentication: always }, {}],
  ['funds', '51', { funds: { ...halfMonthFunds, lasts: { mean: 0, sd: 0 } } }, {}],
  ['limit', '61', { limits: always }, {}],
  ['refusal spell', '05', { refusals: { rate: 1 } }, {}],
]

for (const [i, [step, answer]] of inOrder.entries()) {
  test(`${step} answers ${answer} before everything that comes later in the order`, () => {
    const issuer = inOrder.slice(i).reduce((all, [, , change]) => ({ ...all, ...change }), {})
    const gateway = inOrder.slice(i).reduce((all, [, , , change]) => ({ ...change, ...all }), {})
    const world = plainWorld({ issuers: [plainIssuer(issuer)], gateways: [plainGateway(gateway)] })
    assert.equal(tell(judge(world, attempt(world)).outcome), answer)
  })
}

test('without trouble a charge is approved', () => {
  const world = plainWorld()
  assert.equal(tell(judge(world, attempt(world)).outcome), 'approved')
})

test('a gateway refuses networks and currencies that it does not take', () => {
  const gateways = [plainGateway(), plainGateway({ id: 'other', networks: ['amex'] })]
  const world = plainWorld({ gateways })
  assert.equal(tell(judge(world, attempt(world, { gatewayId: 'other' })).outcome), '5C')
  assert.equal(
    tell(judge(world, attempt(world, { currency: 'JPY' })).outcome),
    'currency_not_supported',
  )
})

test('an attempt ends the same way however often and in whatever order it is judged', () => {
  const worlds = ['calm', 'paydays', 'storm'].map(loadShipped)
  const attempts = fc.record({
    world: fc.constantFrom(...worlds),
    number: fc.nat(1_000_000),
    gatewayId: fc.constantFrom('amber', 'birch', 'cedar'),
    amountMinor: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    at: fc.integer({ min: at('2026-01-01'), max: at('2030-01-01') }),
  })
  fc.assert(
    fc.property(fc.array(attempts, { minLength: 1, maxLength: 20 }), (many) => {
      const judged = () =>
        many.map(({ world, number, ...rest }) =>
          judge(world, {
            ...rest,
            card: drawCard(world, number),
            memory: emptyMemory,
            currency: 'USD',
          }),
        )
      const first = judged()
      many.reverse()
      assert.deepEqual(judged().toReversed(), first)
    }),
  )
})

test('a world loaded anew draws the same cards and judges alike', () => {
  const judged = () => {
    const world = loadShipped('storm')
    return Array.from({ length: 500 }, (_, number) => {
      const card = drawCard(world, number)
      const gatewayId = number % 2 === 0 ? 'amber' : 'cedar'
      return { card, judged: judge(world, attempt(world, { card, gatewayId })) }
    })
  }
  assert.deepEqual(judged(), judged())
})

test('another seed, card, gateway, amount or instant is another draw', () => {
  const half = {
    issuers: [plainIssuer({ limits: { rate: 0.5 } })],
    gateways: [plainGateway(), plainGateway({ id: 'h' })],
  }
  const world = plainWorld(half)
  const other = plainWorld({ ...half, seed: 2 })
  const answers = (change: (i: number) => Partial<Attempt>, of: World = world) =>
    Array.from({ length: 64 }, (_, i) =>
      tell(judge(of, attempt(of, { card: drawCard(of, i), ...change(i) })).outcome),
    ).join(' ')
  const plain = answers(() => ({}))
  const differing = [
    answers(() => ({}), other),
    answers((i) => ({ card: drawCard(world, i + 1000) })),
    answers(() => ({ gatewayId: 'h' })),
    answers(() => ({ amountMinor: 1001 })),
    answers(() => ({ at: at('2027-05-01T12:00:00.001Z') })),
  ]
  assert.equal(new Set([plain, ...differing]).size, differing.length + 1)
})

const shares: readonly (readonly [
  name: string,
  answer: string,
  issuer: object,
  gateway: object,
])[] = [
  ['gateway errors', 'gateway_error', {}, { error_rate: 0.2 }],
  [
    'time-outs that charged',
    'timeout, charged',
    {},
    { timeout_rate: 0.5, timeout_charged_share: 0.4 },
  ],
  ['fraud', '59', { fraud: { rate: 0.2 } }, {}],
  ['authentication', '1A', { authentication: { rate: 0.2 } }, {}],
  ['limits', '61', { limits: { rate: 0.2 } }, {}],
  ['spells of full strength', '05', { refusals: { rate: 0.2 } }, {}],
  ['spells of half strength', '05', { refusals: { rate: 0.4, strength: 0.5 } }, {}],
  ['factors of the hour', '05', { refusals: { rate: 0.1, hour_factor: hourFactors(12, 2) } }, {}],
  [
    'factors of the weekday',
    '05',
    { refusals: { rate: 0.1, weekday_factor: [1, 1, 1, 1, 1, 2, 1] } },
    {},
  ],
  ['factors of the gateway', '05', { refusals: { rate: 0.1, gateway_factor: { g: 2 } } }, {}],
  [
    'cards that run short',
    '51',
    { funds: { ...halfMonthFunds, short_share: 0.2, lasts: { mean: 0, sd: 0 } } },
    {},
  ],
  ['cards closed within the third of a year', '46', { ends: { closed_per_year: 0.6775 } }, {}], // 1 - e^(-0.6775 × 120.5/365.25)
  ['cards expired after four of twenty months', '54', { ends: { expires_per_year: 0.6 } }, {}],
]

for (const [name, answer, issuer, gateway] of shares) {
  test(`${name} come in the share that the file says`, () => {
    const world = plainWorld({ issuers: [plainIssuer(issuer)], gateways: [plainGateway(gateway)] })
    const count = 20_000
    let found = 0
    for (let number = 0; number < count; number += 1) {
      const { outcome } = judge(world, attempt(world, { card: drawCard(world, number) }))
      if (tell(outcome) === answer) found += 1
    }
    assert.ok(Math.abs(found / count - 0.2) < 0.015, `${found / count} instead of 0.2`)
  })
}

test('money runs out when the period is half over, and comes back with the next income', () => {
  const world = plainWorld({ issuers: [plainIssuer({ funds: halfMonthFunds })] })
  const days = ['2027-04-15T23:59:59Z', '2027-04-16', '2027-04-30T23:59:59Z', '2027-05-01']
  assert.deepEqual(run(world, days), ['approved', '51', '51', 'approved'])
})

test('a shortage that is topped up ends early', () => {
  const top_up = { rate: 1, hours: { median: 24, sigma: 0 } }
  const world = plainWorld({ issuers: [plainIssuer({ funds: { ...halfMonthFunds, top_up } })] })
  const days = ['2027-04-16', '2027-04-16T23:59:59Z', '2027-04-17']
  assert.deepEqual(run(world, days), ['51', '51', 'approved'])
})

test('incomes arrive by the issuer’s own clock', () => {
  const issuer = plainIssuer({
    funds: { ...halfMonthFunds, hour: 9 },
    timezone: 'America/New_York',
  })
  const world = plainWorld({ issuers: [issuer] })
  assert.deepEqual(run(world, ['2027-05-01T12:59:59Z', '2027-05-01T13:00:00Z']), ['51', 'approved'])
})

test('a limit declines until the issuer’s next midnight, and no longer', () => {
  const issuers = [plainIssuer({ limits: { rate: 1 }, timezone: 'Asia/Tokyo' })]
  const changes = [
    { at: '2027-05-01T12:00:01Z', patch: { issuers: { bank: { limits: { rate: 0 } } } } },
  ]
  const world = plainWorld({ issuers, changes })
  const instants = ['2027-05-01T12:00:00Z', '2027-05-01T14:59:59Z', '2027-05-01T15:00:00Z']
  assert.deepEqual(run(world, instants), ['61', '61', 'approved'])
})

test('a spell lasts its hours, even when no new one begins', () => {
  const issuers = [plainIssuer({ refusals: { rate: 1 } })]
  const changes = [
    { at: '2027-05-01T12:00:01Z', patch: { issuers: { bank: { refusals: { rate: 0 } } } } },
  ]
  const world = plainWorld({ issuers, changes })
  const instants = ['2027-05-01T12:00:00Z', '2027-05-01T21:59:59Z', '2027-05-01T22:00:00Z']
  assert.deepEqual(run(world, instants), ['05', '05', 'approved'])
})

test('declines of the last 24 hours make the next spell more likely', () => {
  const world = plainWorld({
    issuers: [plainIssuer({ refusals: { rate: 0.001, after_decline_24h: 1000 } })],
  })
  const memory = (hoursAgo: number): CardMemory => ({
    ...emptyMemory,
    declinedAt: [at('2027-05-01T12:00:00Z') - hoursAgo * HOUR],
  })
  assert.equal(tell(judge(world, attempt(world, { memory: memory(23) })).outcome), '05')
  assert.equal(tell(judge(world, attempt(world, { memory: memory(25) })).outcome), 'approved')
})

test('a fraud flag stays on the card', () => {
  const issuers = [plainIssuer({ fraud: { rate: 1 } })]
  const changes = [
    { at: '2027-05-02T00:00:00Z', patch: { issuers: { bank: { fraud: { rate: 0 } } } } },
  ]
  const world = plainWorld({ issuers, changes })
  assert.deepEqual(run(world, ['2027-05-01', '2028-05-01']), ['59', '59'])
})

test('a challenged amount stays challenged for a merchant, until the customer has authenticated', () => {
  const issuers = [plainIssuer({ authentication: { rate: 1 } })]
  const changes = [
    { at: '2027-05-02T00:00:00Z', patch: { issuers: { bank: { authentication: { rate: 0 } } } } },
  ]
  const world = plainWorld({ issuers, changes })
  const { memory } = judge(world, attempt(world, { at: at('2027-05-01') }))
  const later = attempt(world, { memory, at: at('2027-05-10') })
  assert.equal(tell(judge(world, later).outcome), '1A')
  assert.equal(tell(judge(world, { ...later, amountMinor: 999 }).outcome), 'approved')
  const passed = judgeAuthenticated(world, later)
  assert.equal(tell(passed.outcome), 'approved')
  assert.equal(tell(judge(world, { ...later, memory: passed.memory }).outcome), 'approved')
})

test('an authenticated charge still needs the money', () => {
  const issuer = plainIssuer({ authentication: { rate: 1 }, funds: halfMonthFunds })
  const world = plainWorld({ issuers: [issuer] })
  const { memory } = judge(world, attempt(world, { at: at('2027-05-20') }))
  assert.equal(
    tell(judgeAuthenticated(world, attempt(world, { memory, at: at('2027-05-20') })).outcome),
    '51',
  )
})

test('a time-out charges nothing that would have been declined', () => {
  const gateways = [plainGateway({ timeout_rate: 1, timeout_charged_share: 1 })]
  const broke = plainWorld({ gateways, issuers: [plainIssuer({ funds: halfMonthFunds })] })
  assert.equal(tell(judge(broke, attempt(broke, { at: at('2027-05-20') })).outcome), 'timeout')
  assert.equal(
    tell(judge(broke, attempt(broke, { at: at('2027-05-02') })).outcome),
    'timeout, charged',
  )
})

test('an updater’s successor takes over after its delay, with another face and a clean record', () => {
  const ends = { closed_per_year: 1e6, updater: { share: 1, delay_hours: 24 } }
  const patch = { issuers: { bank: { ends: { closed_per_year: 0 } } } }
  const world = plainWorld({
    issuers: [plainIssuer({ ends })],
    changes: [{ at: '2027-01-01T12:00:00Z', patch }],
  })
  const instants = [
    '2026-12-31',
    '2027-01-01T12:00:00Z',
    '2027-01-02T00:00:00Z',
    '2027-01-02T12:00:00Z',
  ]
  assert.deepEqual(run(world, instants), ['approved', '46', '46', 'approved'])
})

test('two attempts at the same instant are drawn apart', () => {
  const world = plainWorld({ gateways: [plainGateway({ error_rate: 0.5 })] })
  const answers = run(
    world,
    Array.from({ length: 40 }, () => '2027-05-01'),
  )
  assert.equal(new Set(answers).size, 2)
})

test('Mastercard’s advice tells the delay to the next income in its own countries, and 02 elsewhere', () => {
  const advised = (country: string) =>
    plainWorld({
      issuers: [plainIssuer({ network: 'mastercard', advice: 1, country, funds: halfMonthFunds })],
    })
  const adviceOf = (world: World, instant: string) => {
    const { outcome } = judge(world, attempt(world, { at: at(instant) }))
    return outcome.kind === 'declined' ? outcome.decline.adviceCode : 'approved'
  }
  const rows: readonly (readonly [country: string, instant: string, advice: string])[] = [
    ['US', '2027-04-30T23:30:00Z', '24'], // half an hour
    ['US', '2027-04-30T12:00:00Z', '25'],
    ['US', '2027-04-29T12:00:00Z', '26'],
    ['CA', '2027-04-27T12:00:00Z', '27'],
    ['US', '2027-04-25T12:00:00Z', '28'],
    ['US', '2027-04-23T12:00:00Z', '29'],
    ['US', '2027-04-17T12:00:00Z', '30'],
    ['DE', '2027-04-30T23:30:00Z', '02'],
  ]
  for (const [country, instant, advice] of rows)
    assert.equal(adviceOf(advised(country), instant), advice, instant)
})

test('networks without advice codes send none', () => {
  const world = plainWorld({ issuers: [plainIssuer({ advice: 1, limits: { rate: 1 } })] })
  const { outcome } = judge(world, attempt(world))
  assert.equal(outcome.kind === 'declined' && outcome.decline.adviceCode, null)
})

function hourFactors(hour: number, factor: number): number[] {
  return Array.from({ length: 24 }, (_, i) => (i === hour ? factor : 1))
}

function loadShipped(name: string): World {
  const loading = loadWorld(readWorldFile(name) as WorldFile)
  if (loading.kind === 'loaded') return loading.world
  throw new Error(`${name} is not a world`)
}
