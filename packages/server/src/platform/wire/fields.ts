import { type IdKind, type Uuid, encodeId } from '@perennial/core/ids'
import { MAP_KEYS_MAX } from '@perennial/core/maps'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import Type, { type Static, type TInteger, type TSchema, type TUnsafe } from 'typebox'
import type { JsonObject } from './json.ts'

/**
 * The words that request and response schemas are written in. Input fields with `x-decode` reach the handler as core
 * values (a `Uuid`, a `bigint`, an `Instant`), because `platform/http` decodes while it validates.
 */
export const DECODE = 'x-decode'

export type Decoder =
  | { readonly to: 'id'; readonly kinds: readonly [IdKind, ...IdKind[]] }
  | { readonly to: 'minor' }
  | { readonly to: 'instant'; readonly isSet: boolean }
  | { readonly to: 'unix_seconds' }
  | { readonly to: 'currency' }

const TEXT_LENGTH_MAX = 500
// Room for the longest prefix and a little nonsense; what is longer is nobody's id.
const ID_LENGTH_MAX = 100

/** Adds null to what a plain schema allows, in the one form that validators, serializers and readers all take. */
export function nullable<Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema> | null> {
  const { type, enum: values } = schema as {
    readonly type?: unknown
    readonly enum?: readonly unknown[]
  }
  return Type.Unsafe<Static<Schema> | null>({
    ...schema,
    ...(typeof type === 'string' ? { type: [type, 'null'] } : {}),
    ...(values === undefined ? {} : { enum: [...values, null] }),
  })
}

export function oneOf<const Values extends readonly string[]>(
  values: Values,
  options: { readonly description: string; readonly default?: Values[number] },
): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options })
}

/** An id in a request: the prefixed form or a plain UUID; of one of `more` kinds as well. */
export function idField(
  kind: IdKind,
  description: string,
  more: readonly IdKind[] = [],
): TUnsafe<Uuid> {
  const decoder: Decoder = { to: 'id', kinds: [kind, ...more] }
  return Type.Unsafe<Uuid>({
    type: 'string',
    maxLength: ID_LENGTH_MAX,
    description,
    examples: [exampleId(kind)],
    [DECODE]: decoder,
  })
}

/** An id in a response. */
export function wireId(kind: IdKind, description: string): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', description, examples: [exampleId(kind)] })
}

function exampleId(kind: IdKind): string {
  return encodeId(kind, '01890a5d-ac96-774b-bcce-b302099a8057' as Uuid)
}

/** An amount in a request: a JSON integer of minor units, 0 or more, exact up to 2^53 - 1. */
export function amountField(description: string): TUnsafe<bigint> {
  return bigCountField(description, 0)
}

/** An amount in a request that may be below zero. */
export function signedAmountField(description: string): TUnsafe<bigint> {
  return bigCountField(description, -Number.MAX_SAFE_INTEGER)
}

/** A count beyond what a 32-bit column holds, such as stock or the end of a tier. */
export function bigCountField(description: string, minimum: number): TUnsafe<bigint> {
  const decoder: Decoder = { to: 'minor' }
  return Type.Unsafe<bigint>({
    type: 'integer',
    minimum,
    maximum: Number.MAX_SAFE_INTEGER,
    description,
    [DECODE]: decoder,
  })
}

export function integerField(
  description: string,
  bounds: { readonly minimum: number; readonly maximum: number; readonly default?: number },
): TInteger {
  return Type.Integer({ ...bounds, description })
}

/** Text of at most 500 characters unless told otherwise. */
export function textField(
  description: string,
  options: {
    readonly minLength?: number
    readonly maxLength?: number
    readonly format?: string
    readonly pattern?: string
  } = {},
): TUnsafe<string> {
  return Type.Unsafe<string>({
    type: 'string',
    maxLength: TEXT_LENGTH_MAX,
    ...options,
    description,
  })
}

/** Three letters in either case. */
export function currencyField(description: string, byDefault?: string): TUnsafe<Currency> {
  const decoder: Decoder = { to: 'currency' }
  return Type.Unsafe<Currency>({
    type: 'string',
    minLength: 3,
    maxLength: 3,
    description,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    [DECODE]: decoder,
  })
}

/** ISO 8601 with an offset, to compare with. */
export function instantField(description: string): TUnsafe<Instant> {
  return decodedInstant(description, false)
}

/** ISO 8601 with an offset, that something is set to: `isDateInRange`. */
export function dateField(description: string): TUnsafe<Instant> {
  return decodedInstant(description, true)
}

function decodedInstant(description: string, isSet: boolean): TUnsafe<Instant> {
  const decoder: Decoder = { to: 'instant', isSet }
  return Type.Unsafe<Instant>({
    type: 'string',
    format: 'date-time',
    maxLength: 40,
    description,
    [DECODE]: decoder,
  })
}

/** Whole seconds since 1970. */
export function unixSecondsField(description: string): TUnsafe<Instant> {
  const decoder: Decoder = { to: 'unix_seconds' }
  return Type.Unsafe<Instant>({ type: 'integer', description, [DECODE]: decoder })
}

/** A free map: its keys are the caller's and stay as they are. */
export function mapField(description: string): TUnsafe<JsonObject> {
  return Type.Unsafe<JsonObject>({
    type: 'object',
    additionalProperties: true,
    maxProperties: MAP_KEYS_MAX,
    description,
  })
}

/** An instant in a response: ISO 8601, UTC. */
export function timestamp(description: string): TUnsafe<string> {
  return Type.Unsafe<string>({
    type: 'string',
    format: 'date-time',
    description: `${description} ISO 8601, UTC.`,
  })
}

/** An amount in a response. */
export function amount(description: string): TInteger {
  return Type.Integer({ description })
}
