import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiRefusal } from './api-refusal.ts'
import { createNormaliser, findUnstorable } from './normalise-input.ts'

const schema = {
  type: 'object',
  properties: {
    addressLine1: { type: 'string' },
    unit_amount: { type: 'integer' },
    metadata: { type: 'object', additionalProperties: true },
    rule: { type: 'object', properties: { due_days: {} }, additionalProperties: false },
    tiers: {
      type: ['array', 'null'],
      items: { type: 'object', properties: { up_to: { type: 'integer' } } },
    },
    address: {
      anyOf: [{ type: 'object', properties: { postalCode: { type: 'string' } } }, { type: 'null' }],
    },
  },
}
const normalise = createNormaliser(schema)

const inputs: readonly (readonly [given: unknown, taken: unknown])[] = [
  [{ address_line1: 'a' }, { addressLine1: 'a' }],
  [{ addressLine1: 'a', address_line1: 'b' }, { addressLine1: 'a' }],
  [{ address_line1: 'b', addressLine1: 'a' }, { addressLine1: 'a' }],
  [{ unitAmount: 5 }, { unit_amount: 5 }],
  [{ unknown: 1, other_one: 2 }, {}],
  // Where nothing else may be given, it stays, so that the schema refuses it by name.
  [{ rule: { dueDays: 1, due_weeks: 2 } }, { rule: { due_days: 1, due_weeks: 2 } }],
  [
    { metadata: { fooBar: 1, foo_bar: { bazQux: 1 } } },
    { metadata: { fooBar: 1, foo_bar: { bazQux: 1 } } },
  ],
  [{ tiers: [{ upTo: 1 }, { up_to: 2 }] }, { tiers: [{ up_to: 1 }, { up_to: 2 }] }],
  [
    { tiers: null, address: null },
    { tiers: null, address: null },
  ],
  [{ address: { postal_code: 'N1' } }, { address: { postalCode: 'N1' } }],
  [{ tiers: 'five' }, { tiers: 'five' }],
  [5, 5],
  [null, null],
]
for (const [given, taken] of inputs) {
  test(`${JSON.stringify(given)} is taken as ${JSON.stringify(taken)}`, () => {
    assert.deepEqual(normalise(given), taken)
  })
}

const meant: readonly (readonly [given: unknown, sentence: string])[] = [
  [{ amount: 5 }, 'amount is not known here. Did you mean unit_amount?'],
  [{ unitAmout: 5 }, 'unitAmout is not known here. Did you mean unit_amount?'],
  [
    { tiers: [{ up_to: 1 }, { up_too: 2 }] },
    'tiers[1].up_too is not known here. Did you mean up_to?',
  ],
  [
    { address: { zipPostalCode: 'N1' } },
    'address.zipPostalCode is not known here. Did you mean postalCode?',
  ],
  [{ rule: { due_day: 1 } }, 'rule.due_day is not known here. Did you mean due_days?'],
]
for (const [given, message] of meant) {
  test(`${JSON.stringify(given)} is refused, for another field was meant`, () => {
    assert.throws(() => normalise(given), { name: 'ApiRefusal', message })
  })
}

test('beside the field that it is near to, an unknown one is passed over', () => {
  assert.deepEqual(normalise({ unitAmount: 5, amount: 7 }), { unit_amount: 5 })
  assert.deepEqual(normalise({ metadata: { amuont: 1 } }), { metadata: { amuont: 1 } })
})

test('a body of many unknown names is listed once, not again for each of them', () => {
  let times = 0
  const unknown = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`zq${n}`, n]))
  const ownKeys = (body: object) => {
    times += 1
    return Reflect.ownKeys(body)
  }
  assert.deepEqual(normalise(new Proxy(unknown, { ownKeys })), {})
  assert.equal(times, 1)
})

test('names that no schema has are never set, those of every object included', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.deepEqual(normalise(JSON.parse(`{"${name}": {"x": 1}}`)), {})
  }
})

test('taking twice is taking once, whatever comes that is not refused', () => {
  const takeOrRefuse = (value: unknown): { readonly taken: unknown } | null => {
    try {
      return { taken: normalise(value) }
    } catch (error) {
      if (error instanceof ApiRefusal) return null
      throw error
    }
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = takeOrRefuse(value)
      if (once !== null) assert.deepEqual(takeOrRefuse(once.taken), once)
    }),
    { examples: [[{ ARs: null }]] }, // an abbreviation of address
  )
})

test('text that PostgreSQL takes is storable, and only that', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const isStorable = !text.includes('\0') && text.isWellFormed()
      assert.equal(findUnstorable({ text }) === null, isStorable)
    }),
  )
})

test('what cannot be stored is named by its path', () => {
  assert.equal(findUnstorable({ a: [{ b: 'x' }, { b: '\0' }] })?.param, 'a[1].b')
  assert.equal(findUnstorable({ a: '\ud800' })?.param, 'a')
})
