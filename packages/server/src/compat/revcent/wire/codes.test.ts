import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, uuidV7, type Uuid } from '@perennial/core/ids'
import fc from 'fast-check'
import { readCode, toCode } from './codes.ts'

const ids = fc
  .tuple(fc.nat({ max: 2 ** 45 - 1 }), fc.uint8Array({ minLength: 10, maxLength: 10 }))
  .map(([ms, random]) => uuidV7(ms, random))

test('every id has a code of 20 letters and digits that leads back to it', () => {
  fc.assert(
    fc.property(ids, (id) => {
      const code = toCode(id)
      assert.match(code, /^[0-9A-Za-z]{20}$/)
      assert.equal(readCode(code), id)
    }),
    { numRuns: 2000 },
  )
})

test('codes sort as their ids do', () => {
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      assert.equal(toCode(one) < toCode(other), one < other)
    }),
  )
})

test('what is no code stands for nothing', () => {
  const texts = ['', 'z'.repeat(20), '0'.repeat(19), '0'.repeat(21), `${'0'.repeat(19)}-`, 'sub_1']
  for (const text of texts) assert.equal(readCode(text), null, text)
})

test('an id of another version has no code', () => {
  const random = '01890a5d-ac96-474b-bcce-b302099a8057'
  assert.ok(isUuid(random))
  const id: Uuid = random
  assert.throws(() => toCode(id), /version 7/)
})
