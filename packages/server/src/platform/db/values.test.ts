import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseTimestamptz, toParameters } from './values.ts'

const cases = [
  ['2027-01-31 09:00:00+00', '2027-01-31T09:00:00.000Z'],
  ['2027-01-31 09:00:00.1+00', '2027-01-31T09:00:00.100Z'],
  ['2027-01-31 09:00:00.12+00', '2027-01-31T09:00:00.120Z'],
  ['2027-01-31 09:00:00.123+00', '2027-01-31T09:00:00.123Z'],
  ['2027-01-31 09:00:00.123999+00', '2027-01-31T09:00:00.123Z'], // cut, never rounded up
  ['1969-12-31 23:59:59.5+00', '1969-12-31T23:59:59.500Z'],
  ['2028-02-29 23:59:59.999+00', '2028-02-29T23:59:59.999Z'],
  ['0099-12-31 23:59:59.999+00', '0099-12-31T23:59:59.999Z'],
  ['2027-01-31 10:00:00+01', '2027-01-31T09:00:00.000Z'],
  ['2027-01-31 14:30:00.5+05:30', '2027-01-31T09:00:00.500Z'],
  ['2027-01-31 05:00:00-04', '2027-01-31T09:00:00.000Z'],
] as const

for (const [text, iso] of cases) {
  test(`${text} is ${iso}`, () => {
    assert.equal(new Date(parseTimestamptz(text)).toISOString(), iso)
  })
}

test('an instant that no Instant can tell is a fault, not a wrong date', () => {
  assert.throws(() => parseTimestamptz('infinity'))
})

test('numbers that an int4 can hold go out as numbers, larger ones as instants', () => {
  const sent = toParameters([7, -7, 2_147_483_647, 1_800_000_000_000, 1.5, 10n, 'text', null, true])
  const instant = '2027-01-15T08:00:00.000Z'
  assert.deepEqual(sent, ['7', '-7', '2147483647', instant, '1.5', '10', 'text', null, 'true'])
})

test('a list is sent as PostgreSQL writes it, whatever is in it', () => {
  const ids = ['0189d1f2-3a4b-7000-8000-000000000001', '0189d1f2-3a4b-7000-8000-000000000002']
  const sent = toParameters([ids, [], ['a"b', null], [1n, 2n], [`{${'x'.repeat(35)}`]])
  const quoted = `{"{${'x'.repeat(35)}"}`
  assert.deepEqual(sent, [`{${ids.join(',')}}`, '{}', '{"a\\"b",NULL}', '{"1","2"}', quoted])
})
