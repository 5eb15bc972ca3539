import Type, { type Static } from 'typebox'

/** The shape of a world file. Rules that tie fields to each other stand in `cross-field.ts`. */

const closed = { additionalProperties: false } as const
const share = Type.Number({ minimum: 0, maximum: 1 })
const factor = Type.Number({ minimum: 0 })
const identifier = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
const outages = Type.Array(Type.Object({ from: Type.String(), to: Type.String() }, closed))
const lognormal = {
  median: Type.Number({ exclusiveMinimum: 0 }),
  sigma: Type.Number({ minimum: 0 }),
}
const hours = Type.Object(lognormal, closed)
const description = Type.Optional(Type.String())

// A change merges key by key, so an income that becomes another kind keeps the fields of the old
// one: they mean nothing.
const leftOver = Type.Optional(Type.Unknown())

export const incomeSchemas = {
  month_days: Type.Object(
    {
      kind: Type.Literal('month_days'),
      days: Type.Array(Type.Integer({ minimum: 1, maximum: 31 }), { minItems: 1 }),
      weekday: leftOver,
      every_weeks: leftOver,
    },
    closed,
  ),
  weekday: Type.Object(
    {
      kind: Type.Literal('weekday'),
      weekday: Type.Integer({ minimum: 1, maximum: 7 }),
      every_weeks: Type.Integer({ minimum: 1, maximum: 52 }),
      days: leftOver,
    },
    closed,
  ),
  month_end: Type.Object(
    { kind: Type.Literal('month_end'), days: leftOver, weekday: leftOver, every_weeks: leftOver },
    closed,
  ),
}

// Left open here, because the errors of a union name every branch: `cross-field.ts` checks the
// branch that `kind` names.
const anyIncome = Type.Object({ kind: Type.String() })

function fundsSchema<T extends Type.TSchema>(income: T) {
  return Type.Union([
    Type.Null(),
    Type.Object(
      {
        income,
        hour: Type.Integer({ minimum: 0, maximum: 23 }),
        short_share: share,
        lasts: Type.Object({ mean: Type.Number(), sd: Type.Number({ minimum: 0 }) }, closed),
        top_up: Type.Object({ rate: share, hours }, closed),
      },
      closed,
    ),
  ])
}

const refusals = Type.Object(
  {
    rate: share,
    hour_factor: Type.Array(factor, { minItems: 24, maxItems: 24 }),
    weekday_factor: Type.Array(factor, { minItems: 7, maxItems: 7 }),
    gateway_factor: Type.Record(Type.String(), factor),
    after_decline_24h: factor,
    hours,
    strength: share,
  },
  closed,
)

const ends = Type.Object(
  {
    expires_per_year: factor,
    closed_per_year: factor,
    lost_per_year: factor,
    updater: Type.Object({ share, delay_hours: factor }, closed),
  },
  closed,
)

function issuerSchema<T extends Type.TSchema>(income: T) {
  return Type.Object(
    {
      id: identifier,
      description,
      bins: Type.Array(Type.String({ pattern: '^[0-9]{4,8}$' }), { minItems: 1 }),
      network: identifier,
      funding: Type.Union([Type.Literal('credit'), Type.Literal('debit'), Type.Literal('prepaid')]),
      country: Type.String({ pattern: '^[A-Z]{2}$' }),
      timezone: Type.String(),
      share: factor,
      funds: fundsSchema(income),
      refusals,
      limits: Type.Object({ rate: share }, closed),
      ends,
      authentication: Type.Object({ rate: share }, closed),
      fraud: Type.Object({ rate: share }, closed),
      outages,
      advice: share,
    },
    closed,
  )
}

const gateway = Type.Object(
  {
    id: identifier,
    description,
    networks: Type.Array(identifier, { minItems: 1 }),
    currencies: Type.Array(Type.String({ pattern: '^[A-Za-z]{3}$' }), { minItems: 1 }),
    fee: Type.Object(
      {
        bps: Type.Number({ minimum: 0 }),
        fixed_minor: Type.Number({ minimum: 0 }),
        per_attempt_minor: Type.Number({ minimum: 0 }),
      },
      closed,
    ),
    latency_ms: Type.Object(
      { p50: Type.Number({ exclusiveMinimum: 0 }), p99: Type.Number({ exclusiveMinimum: 0 }) },
      closed,
    ),
    error_rate: share,
    timeout_rate: share,
    timeout_charged_share: share,
    outages,
  },
  closed,
)

const customers = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Za-z]{3}$' }),
    amounts_minor: Type.Array(Type.Tuple([factor, Type.Integer({ minimum: 1 })]), { minItems: 1 }),
    answers_email: Type.Object({ share, delay_hours: hours }, closed),
  },
  closed,
)

const patch = Type.Object(
  {
    issuers: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
    gateways: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
    customers: Type.Optional(Type.Object({})),
  },
  closed,
)

function worldSchema<T extends Type.TSchema>(income: T) {
  return Type.Object(
    {
      name: Type.String({ minLength: 1 }),
      description,
      seed: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
      starts_at: Type.String(),
      gateways: Type.Array(gateway, { minItems: 1 }),
      issuers: Type.Array(issuerSchema(income), { minItems: 1 }),
      changes: Type.Optional(
        Type.Array(Type.Object({ at: Type.String(), description, patch }, closed)),
      ),
      customers,
    },
    closed,
  )
}

const exactIncome = Type.Union([
  incomeSchemas.month_days,
  incomeSchemas.weekday,
  incomeSchemas.month_end,
])
const exactWorld = worldSchema(exactIncome)

/** What the validator compares a file with. */
export const worldFileSchema = worldSchema(anyIncome)

export type WorldFile = Static<typeof exactWorld>
export type GatewayFile = WorldFile['gateways'][number]
export type IssuerFile = WorldFile['issuers'][number]
export type CustomersFile = WorldFile['customers']
export type FundsFile = NonNullable<IssuerFile['funds']>
export type IncomeFile = FundsFile['income']
export type ChangeFile = NonNullable<WorldFile['changes']>[number]
