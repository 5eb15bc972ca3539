import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isMapTooLarge, MAP_KEYS_MAX, mergeMap } from './index.ts'

const CASES = [
  ['no update leaves it as it is', { a: 1 }, undefined, { a: 1 }],
  ['new keys are added', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['a key that is there gets its new value whole', { a: { x: 1 } }, { a: { y: 2 } }, { a: { y: 2 } }],
  ['null removes a key', { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ['null for a key that is not there does nothing', { a: 1 }, { b: null }, { a: 1 }],
  ['null within a value stays', {}, { a: { x: null } }, { a: { x: null } }],
] as const // prettier-ignore

for (const [name, before, change, after] of CASES)
  test(`a map after an update: ${name}`, () => {
    deepEqual(mergeMap<unknown>(before, change), after)
  })

test('a map holds 200 keys and no more', () => {
  const mapOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key_${index}`, 1]))
  equal(MAP_KEYS_MAX, 200)
  equal(isMapTooLarge(mapOf(200)), false)
  equal(isMapTooLarge(mapOf(201)), true)
})
