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
    /** Nothing, where a card is only verified: then `capture` must be false. */
    amount_minor: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    currency: Type.String({ pattern: '^[A-Za-z]{3}$' }),
    capture: Type.Optional(Type.Boolean()),
    /** Of the first charge of a series, as a gateway hands it on to the network. */
    network_transaction_id: Type.Optional(
      Type.Union([Type.Null(), Type.String({ maxLength: 64 })]),
    ),
    description: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 1000 })])),
    statement_descriptor: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 100 })])),
    statement_descriptor_suffix: Type.Optional(
      Type.Union([Type.Null(), Type.String({ maxLength: 100 })]),
    ),
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

export const achBody = Type.Object(
  {
    routing_number: Type.String({ pattern: '^[0-9]{9}$' }),
    account_number: Type.String({ pattern: '^[0-9]{4,17}$' }),
    account_type: Type.Optional(Type.String()),
  },
  closed,
)

export const ibanBody = Type.Object({ iban: Type.String({ minLength: 15, maxLength: 42 }) }, closed)

export const bacsBody = Type.Object(
  {
    sort_code: Type.String({ pattern: '^[0-9]{2}-?[0-9]{2}-?[0-9]{2}$' }),
    account_number: Type.String({ pattern: '^[0-9]{8}$' }),
  },
  closed,
)

export const disputeBody = Type.Object(
  {
    reason: Type.String({ pattern: '^[a-z_]{1,40}$' }),
    amount_minor: Type.Optional(amountMinor),
    kind: Type.Optional(
      Type.Union([
        Type.Literal('chargeback'),
        Type.Literal('inquiry'),
        Type.Literal('early_warning'),
      ]),
    ),
  },
  closed,
)

export const evidenceBody = Type.Object(
  {
    text: Type.String({ maxLength: 20_000 }),
    files: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1, maxLength: 255 }),
            content_type: Type.String({ minLength: 1, maxLength: 100 }),
          },
          closed,
        ),
        { maxItems: 50 },
      ),
    ),
  },
  closed,
)

export const webhookBody = Type.Object(
  {
    account: Type.String({ maxLength: 255 }),
    url: Type.Union([Type.Null(), Type.String({ pattern: '^https?://', maxLength: 2000 })]),
    secret: Type.String({ minLength: 1, maxLength: 255 }),
    delivery: Type.Optional(
      Type.Union([Type.Literal('in_order'), Type.Literal('doubled'), Type.Literal('reversed')]),
    ),
  },
  closed,
)

export const faultBody = Type.Object(
  {
    account: Type.String({ maxLength: 255 }),
    fault: Type.Union([
      Type.Literal('none'),
      Type.Literal('down'),
      Type.Literal('silent'),
      Type.Literal('nonsense'),
      Type.Literal('slow'),
    ]),
    ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
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
