import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromAlpha3, toAlpha3 } from './countries.ts'

const ALPHA_2 = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')

test('every country is known by both of its codes', () => {
  const known = letters.flatMap((one) => letters.map((two) => `${one}${two}`)).filter((code) => toAlpha3(code) !== null) // prettier-ignore
  assert.equal(known.length, 249) // ISO 3166-1
  const alpha3 = known.map((code) => toAlpha3(code) ?? '')
  assert.equal(new Set(alpha3).size, known.length)
  for (const code of known) {
    assert.notEqual(ALPHA_2.of(code), undefined, code)
    assert.equal(fromAlpha3(toAlpha3(code) ?? ''), code)
  }
})

test('codes are read in either case, and what is none is nothing', () => {
  assert.deepEqual(['gbr', 'DEU', 'XXX', ''].map(fromAlpha3), ['GB', 'DE', null, null])
  assert.deepEqual(['us', 'FR', 'XX'].map(toAlpha3), ['USA', 'FRA', null])
})
