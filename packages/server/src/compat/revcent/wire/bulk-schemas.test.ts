import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOurEdit } from './bulk-schemas.ts'

test('a bulk edit of this face asks that no more than 10,000 subscriptions match', () => {
  assert.equal(toOurEdit({})['matching_max'], 10_000)
})
