import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { shapeProblems } from '../world-file/shape-problems.ts'
import { refuse } from './answer.ts'
import type { Reading } from './call.ts'

const amountMinor = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const closed = { additionalProperties: false } as const

export const chargeBody = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 255 }),
    /** The caller's name for its stored copy of the token; see the README. */
    instrument: Type.Optional(Type.String({ maxLength: 255 })),
    amount_minor: amountMinor,
    currency: Type.String({ pattern: '^[A-Za-z]{3}$' }),
    capture: Type.Optional(Type.Boolean()),
    description: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 1000 })])),
    metadata: Type.Optional(Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())])),
  },
  closed,
)

export const amountBody = Type.Object({ amount_minor: Type.Optional(amountMinor) }, closed)

export const authenticateBody = Type.Object(
  { result: Type.Union([Type.Literal('succeeded'), Type.Literal('failed')]) },
  closed,
)

export const cardBody = Type.Object(
  {
    number: Type.String({ minLength: 1, maxLength: 40 }),
    exp_month: Type.Integer({ minimum: 1, maximum: 12 }),
    exp_year: Type.Integer({ minimum: 2000, maximum: 2199 }),
    cvc: Type.Optional(Type.String({ pattern: '^[0-9]{3,4}$' })),
  },
  closed,
)

export const bankBody = Type.Object(
  {
    routing_number: Type.String({ pattern: '^[0-9]{9}$' }),
    account_number: Type.String({ pattern: '^[0-9]{4,17}$' }),
    account_type: Type.Optional(Type.String()),
  },
  closed,
)

/**
 * Reads bodies of one form. What is wrong is told by field name, never by value: a body may hold a
 * card number.
 */
export function readerOf<T extends TSchema>(schema: T): (body: unknown) => Reading<Static<T>> {
  const compiled = Compile(schema)
  return (body) => {
    if (compiled.Check(body)) return { kind: 'read', value: body as Static<T> } // parsed by the check
    const problems = shapeProblems(schema, body).map(({ path, message }) => `${path} ${message}`)
    return { kind: 'refused', answer: refuse('body_invalid', `${problems.join('; ')}.`) }
  }
}
