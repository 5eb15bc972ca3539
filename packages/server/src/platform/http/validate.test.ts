import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { idField, unixSecondsField } from '../wire/index.ts'
import { ApiRefusal } from './api-refusal.ts'
import { createValidatorCompiler } from './validate.ts'

const schema = Type.Object({
  invoice: Type.Optional(idField('invoice', 'An invoice.')),
  created_gte: Type.Optional(unixSecondsField('From then on.')),
  items: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 2 })),
})
const validate = createValidatorCompiler()({ schema, method: 'GET', url: '', httpPart: 'body' })

const refused: readonly (readonly [value: object, message: string])[] = [
  [{ invoice: 'cus_1' }, 'invoice must be the id of an invoice, which starts with inv_.'],
  [{ created_gte: '2027-01-01' }, 'created_gte must be whole seconds since 1970 (UNIX time).'],
  [{ items: [] }, 'items must have at least 1 entry.'],
  [{ items: ['a', 'b', 'c'] }, 'items must have at most 2 entries.'],
]
for (const [value, message] of refused) {
  test(`${JSON.stringify(value)}: ${message}`, () => {
    const answer: unknown = validate(value)
    const error: unknown = Reflect.get(Object(answer), 'error')
    ok(error instanceof ApiRefusal)
    equal(error.message, message)
  })
}
