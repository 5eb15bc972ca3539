import { instantFromMs, type Instant } from '@perennial/core/time'
import pg from 'pg'
import { prepareValue } from 'pg/lib/utils.js'

/** The wire types that we read as something other than the text PostgreSQL sends. */
const OID = {
  int8: 20,
  date: 1082,
  timestamptz: 1184,
  int8Array: 1016,
  dateArray: 1182,
  timestamptzArray: 1185,
}

const TEXT_ARRAY: number = 1009
const textArray: (text: string) => (string | null)[] = pg.types.getTypeParser(TEXT_ARRAY)

const parserByOid = new Map<number, (text: string) => unknown>([
  [OID.int8, BigInt],
  [OID.date, (text) => text],
  [OID.timestamptz, parseTimestamptz],
  [OID.int8Array, arrayOf(BigInt)],
  [OID.dateArray, textArray],
  [OID.timestamptzArray, arrayOf(parseTimestamptz)],
])

function arrayOf<T>(parse: (text: string) => T): (text: string) => (T | null)[] {
  return (text) => textArray(text).map((element) => (element === null ? null : parse(element)))
}

/**
 * int8 → bigint, numeric → string, timestamptz → Instant, date → 'YYYY-MM-DD', json and jsonb → parsed.
 * The rest is as `pg` has it (bool, int2, int4, float8, uuid and text as their JavaScript selves).
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    parserByOid.get(oid) ?? pg.types.getTypeParser(oid, format),
}

/** '2027-01-31 09:00:00.123+00', as sent under DateStyle ISO. Microseconds are cut off. */
export function parseTimestamptz(text: string): Instant {
  const length = text.length
  // The usual form, in the session's UTC: 22 characters, or a point and up to six digits more. Date.UTC
  // takes the years 0 to 99 for 1900 to 1999, so a leading zero goes the slower way.
  if (
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(0) !== 48 &&
    text.endsWith('+00') &&
    length <= 29
  ) {
    const wholeMs = Date.UTC(
      digits(text, 0, 4), digits(text, 5, 7) - 1, digits(text, 8, 10),
      digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19),
    ) // prettier-ignore
    const fraction = text.slice(20, Math.min(23, length - 3))
    return instantFromMs(fraction === '' ? wholeMs : wholeMs + Number(fraction.padEnd(3, '0')))
  }
  return instantFromMs(Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')))
}

function digits(text: string, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) value = value * 10 + text.charCodeAt(index) - 48
  return value
}

const INT4_MAX = 2_147_483_647

/** A parameter as it travels. */
export type Parameter = string | Buffer | null

/**
 * What we send to PostgreSQL. In this code base an int8 is a bigint, so a whole number that no int4 can hold
 * is an Instant, and goes out as ISO text: queries may write `${now}`. A number that was meant for an
 * int8 column meets PostgreSQL's "invalid input syntax" instead of being stored wrongly.
 */
export function toParameters(values: readonly unknown[]): Parameter[] {
  return values.map((value) => {
    if (typeof value === 'string') return value
    if (isUuidList(value)) return `{${value.join(',')}}`
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > INT4_MAX
      ? formatTimestamptz(value)
      : prepareValue(value)
  })
}

const UUID_TEXT = /^[0-9a-f-]{36}$/

/** Every batch is asked for by its ids: text that needs no quotes, while `pg` would look for what needs them. */
function isUuidList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => typeof each === 'string' && UUID_TEXT.test(each))
  )
}

export function formatTimestamptz(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
