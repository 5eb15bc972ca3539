import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { halfMonthFunds, plainFile, plainGateway, plainIssuer } from '../testing/plain-world.ts'
import { readWorldFile } from './read-world-file.ts'
import { validateWorldFile } from './validate.ts'

function problemsOf(file: unknown): string[] {
  const validation = validateWorldFile(file)
  return validation.kind === 'valid'
    ? []
    : validation.problems.map(({ path, message }) => `${path}: ${message}`)
}

function without(object: object, field: string): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== field))
}

const base = plainFile()
const hours = (count: number) => Array.from({ length: count }, () => 1)
const issuer = (change: object) => plainFile({ issuers: [plainIssuer(change)] })
const gateway = (change: object) => plainFile({ gateways: [plainGateway(change)] })
const income = (change: object) => issuer({ funds: { ...halfMonthFunds, income: change } })
const patch = (change: object) => ({ ...base, changes: [{ at: base.starts_at, patch: change }] })
const outage = (from: string, to: string) => ({ outages: [{ from, to }] })

const broken: readonly (readonly [file: unknown, problems: readonly string[]])[] = [
  [null, ['the file']],
  [[], ['the file']],
  [{ ...base, seed: 1.5 }, ['seed']],
  [without(base, 'seed'), ['seed']],
  [{ ...base, sed: 1 }, ['sed']],
  [without(without(base, 'name'), 'customers'), ['name', 'customers']],
  [{ ...base, starts_at: '2027-01-01' }, ['starts_at']],
  [{ ...base, starts_at: '2027-02-30T25:00:00Z' }, ['starts_at']],
  [{ ...base, gateways: [] }, ['gateways']],
  [plainFile({ gateways: [plainGateway(), plainGateway()] }), ['gateways[1].id']],
  [gateway({ error_rate: 1.1 }), ['gateways[0].error_rate']],
  [gateway({ latency_ms: { p50: 900 } }), ['gateways[0].latency_ms.p99']],
  [gateway({ currencies: ['EUR'] }), ['customers.currency']],
  [gateway(outage('2027-01-02T00:00:00Z', '2027-01-01T00:00:00Z')), ['gateways[0].outages[0].to']],
  [gateway(outage('soon', '2027-01-01T00:00:00Z')), ['gateways[0].outages[0].from']],
  [plainFile({ issuers: [plainIssuer(), plainIssuer()] }), ['issuers[1].id']],
  [issuer({ share: -1 }), ['issuers[0].share']],
  [issuer({ share: 0 }), ['issuers']],
  [issuer({ bins: ['12a'] }), ['issuers[0].bins[0]']],
  [issuer({ funding: 'cash' }), ['issuers[0].funding']],
  [issuer({ network: 'amex' }), ['issuers[0].network']],
  [issuer({ timezone: 'Mars/Olympus' }), ['issuers[0].timezone']],
  [issuer({ refusals: { hour_factor: hours(23) } }), ['issuers[0].refusals.hour_factor']],
  [issuer({ refusals: { weekday_factor: hours(8) } }), ['issuers[0].refusals.weekday_factor']],
  [issuer({ refusals: { gateway_factor: { x: 2 } } }), ['issuers[0].refusals.gateway_factor.x']],
  [issuer({ ends: { updater: { share: 2 } } }), ['issuers[0].ends.updater.share']],
  [issuer({ advice: '0.5', fraud: {} }), ['issuers[0].advice']],
  [issuer({ funds: 7 }), ['issuers[0].funds']],
  [issuer({ funds: { ...halfMonthFunds, hour: 24 } }), ['issuers[0].funds.hour']],
  [income({ kind: 'lottery' }), ['issuers[0].funds.income.kind']],
  [
    income({ kind: 'month_days', days: [0, 32] }),
    ['issuers[0].funds.income.days[0]', 'issuers[0].funds.income.days[1]'],
  ],
  [
    income({ kind: 'weekday', weekday: 8 }),
    ['issuers[0].funds.income.every_weeks', 'issuers[0].funds.income.weekday'],
  ],
  [
    { ...base, customers: { ...base.customers, amounts_minor: [[0, 100]] } },
    ['customers.amounts_minor'],
  ],
  [
    { ...base, customers: { ...base.customers, amounts_minor: [[1, 1.5]] } },
    ['customers.amounts_minor[0][1]'],
  ],
  [{ ...base, changes: [{ at: 'later', patch: {} }] }, ['changes[0].at']],
  [patch({ issuers: { nobody: {} } }), ['changes[0].patch.issuers.nobody']],
  [patch({ gateways: { nobody: {} } }), ['changes[0].patch.gateways.nobody']],
  [patch({ seed: 2 }), ['changes[0].patch.seed']],
  [patch({ issuers: { bank: { id: 'other' } } }), ['changes[0].patch.issuers.bank.id']],
  [
    patch({ issuers: { bank: { limits: { rate: 3 } } } }),
    ['changes[0].patch.issuers.bank.limits.rate'],
  ],
  [patch({ gateways: { g: { networks: ['amex'] } } }), ['changes[0].patch.issuers.bank.network']],
  [
    patch({ customers: { answers_email: { share: -1 } } }),
    ['changes[0].patch.customers.answers_email.share'],
  ],
]

for (const [file, paths] of broken) {
  test(`a file with a bad ${paths.join(' and ')} is refused by that path`, () => {
    const found = problemsOf(file).map((problem) => problem.slice(0, problem.indexOf(': ')))
    const expected = paths.map((path) => (path === 'the file' ? '' : path))
    assert.deepEqual(found.toSorted(), expected.toSorted(), problemsOf(file).join('\n'))
  })
}

test('every problem of a file is listed, however many there are', () => {
  const issuers = Array.from({ length: 40 }, (_, i) => plainIssuer({ id: `b${i}`, share: -1 }))
  assert.equal(problemsOf(plainFile({ issuers })).length, 40)
})

test('a change may turn one income into another and leave the old fields behind', () => {
  const file = {
    ...issuer({ funds: halfMonthFunds }),
    changes: [
      {
        at: '2027-03-01T00:00:00Z',
        patch: { issuers: { bank: { funds: { income: { kind: 'month_end' } } } } },
      },
    ],
  }
  assert.deepEqual(problemsOf(file), [])
})

test('changes are merged in the order of their time, not of the file', () => {
  const rate = (value: number) => ({ issuers: { bank: { limits: { rate: value } } } })
  const file = plainFile({
    changes: [
      { at: '2027-05-01T00:00:00Z', patch: rate(0.5) },
      { at: '2027-03-01T00:00:00Z', patch: rate(0.3) },
    ],
  })
  const validation = validateWorldFile(file)
  assert.equal(validation.kind, 'valid')
  const rates =
    validation.kind === 'valid'
      ? validation.versions.map((v) => v.parts.issuers[0]?.limits.rate)
      : []
  assert.deepEqual(rates, [0, 0.3, 0.5])
})

const shipped = readdirSync(new URL('../../worlds/', import.meta.url)).filter((name) =>
  name.endsWith('.json'),
)

test('at least three worlds ship', () => assert.ok(shipped.length >= 3))

for (const name of shipped) {
  test(`the shipped world ${name} is valid`, () => {
    assert.deepEqual(problemsOf(readWorldFile(name.replace('.json', ''))), [])
  })
}
