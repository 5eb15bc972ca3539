import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { parseInstant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { extrasErrors } from './check-extras.ts'
import { loadExtras } from './load-extras.ts'

/** Whoever asks it anything fails. */
const UNASKED = new Proxy({} as Tx, {
  get: (_target, name) => assert.fail(`the database is asked: ${String(name)}`),
})

function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id))
  return id
}

test('a batch that carries nothing besides its items asks nothing', async () => {
  const at = parseInstant('2031-01-15T00:00:00Z')
  assert(at !== null)
  const subjects = [1, 2, 3].map((number) => ({
    subscription: {
      id: numberedId(number),
      customerId: numberedId(9),
      extras: null,
      profile: null,
    },
    items: [],
  }))
  const found = await loadExtras(UNASKED, numberedId(8), { subjects, at })
  assert.equal(found.size, 0)
})

test('what callers may rely on in refusals of what bills carry does not change', () => {
  const told = Object.entries(extrasErrors).map(
    ([refusal, { status, code, param }]) => `${refusal} ${status} ${code} ${param ?? ''}`,
  )
  assert.deepEqual(told, [
    'discount_not_found 404 resource_not_found discount_ids',
    'discount_code_unknown 400 validation_error discountCode',
    'discount_not_usable 400 validation_error discount_ids',
    'tax_rate_not_found 404 resource_not_found tax_rate_ids',
    'tax_rate_inactive 400 validation_error tax_rate_ids',
  ])
})
