import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFixedCheck } from './fixed-fields.ts'

const objectOf = (...names: readonly string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, {}])),
})

const check = createFixedCheck({
  changing: objectOf('name', 'billingDay'),
  making: () => objectOf('name', 'billing_day', 'unit_amount', 'methodId'),
  changedBy: { methodId: 'PUT /v2/things/{id}/methods' },
})

const refused: readonly (readonly [body: object, message: string])[] = [
  [{ unit_amount: 5 }, 'unit_amount cannot be changed once this has been made. Make another.'],
  [{ unitAmount: null }, 'unitAmount cannot be changed once this has been made. Make another.'],
  [
    { name: 'a', method_id: 'b' },
    'method_id is not changed here, but by PUT /v2/things/{id}/methods.',
  ],
]
for (const [body, message] of refused) {
  test(`${JSON.stringify(body)}: ${message}`, () => {
    assert.throws(() => check(body), { name: 'ApiRefusal', message })
  })
}

for (const body of [{ name: 'a', billing_day: 3 }, { stranger: 1 }, {}, [], null, 'text']) {
  test(`${JSON.stringify(body)} is left to the schema`, () => check(body))
}

test('where nothing is made so, nothing is fixed', () => {
  const free = createFixedCheck({
    changing: objectOf('name'),
    making: () => undefined,
    changedBy: {},
  })
  free({ unit_amount: 5 })
})
