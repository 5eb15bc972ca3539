import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passesLuhn, withCheckDigit } from '../judging/luhn.ts'
import { readNamedToken } from './named-tokens.ts'
import { brandOf, findTestNumber, listTestNumbers } from './test-numbers.ts'

test('every documented test number is a number, of its brand, and acts as a token that exists', () => {
  for (const number of listTestNumbers()) {
    const card = findTestNumber(number)
    assert.ok(passesLuhn(number), number)
    assert.equal(card?.brand, brandOf(number))
    assert.equal(readNamedToken(card?.actsAs ?? '').kind, 'named', number)
  }
})

test('a check digit makes a number pass, and every other digit fails', () => {
  const number = withCheckDigit('400066123456789')
  const passing = Array.from({ length: 10 }, (_, digit) => number.slice(0, -1) + digit).filter(
    passesLuhn,
  )
  assert.deepEqual(passing, [number])
})
