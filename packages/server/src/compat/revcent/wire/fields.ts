import type { Uuid } from '@perennial/core/ids'
import { MS_PER_DAY, parseInstant, parseUnixSeconds, type Instant } from '@perennial/core/time'
import Type from 'typebox'
import { closedObject, toFilterInstant } from '../../../platform/wire/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { readCode } from './codes.ts'

const CODE_LENGTH = 20
const UNIX_MAX = 32_503_680_000
const WINDOW_DAYS_MAX = 90
const LIMIT_MAX = 25
/** Pages are counted from the first: 10,000 rows of a window are as far as that goes. */
const PAGE_MAX = 400

/** Of a request: what is not named here is refused. */
export const strict = closedObject

export const nothing = strict({})

export function code(description: string) {
  return Type.String({ minLength: CODE_LENGTH, maxLength: CODE_LENGTH, description })
}

export function text(description: string, lengthMax = 500) {
  return Type.String({ maxLength: lengthMax, description })
}

export function amount(description: string, minimum = 0) {
  return Type.Number({ minimum, maximum: 1e12, description: `${description} Major units.` })
}

export function choice<const Values extends readonly string[]>(
  values: Values,
  description: string,
) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], description })
}

export const flag = (description: string) => Type.Boolean({ description })
export const whole = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, description })
export const dateTime = (description: string) =>
  Type.String({ maxLength: 40, description: `${description} ISO 8601 date-time.` })

/** A number, or the digits of one as text: with a zero in front, where `pattern` lets it through. */
export function digits(
  pattern: string,
  rest: { readonly minimum: number; readonly maximum: number; readonly description: string },
) {
  return Type.Unsafe<number | string>({ type: ['integer', 'string'], pattern, ...rest })
}

const unix = (description: string) => whole(description, 0, UNIX_MAX)
/** What a filter is, and which values it may have; any where it says none. */
type FilterWords = string | { readonly description: string; readonly values: readonly string[] }
const filter = (words: FilterWords) => {
  const { description, values } =
    typeof words === 'string' ? { description: words, values: null } : words
  const named = values === null ? {} : { enum: [...values] }
  return Type.Optional(
    Type.Array(Type.String({ maxLength: 100, ...named }), { maxItems: 100, description }),
  )
}

/** What every listing needs; filters may be repeated. */
export function listQuery<Filters extends Readonly<Record<string, FilterWords>>>(filters: Filters) {
  const own = Object.fromEntries(
    Object.entries(filters).map(([name, words]) => [name, filter(words)]),
  ) as { readonly [Name in keyof Filters]: ReturnType<typeof filter> }
  return strict({
    date_start: unix('Unix seconds; created then or later.'),
    date_end: unix('Unix seconds; created then or earlier.'),
    page: whole('1 for the first.', 1, PAGE_MAX),
    limit: whole('Rows of a page.', 1, LIMIT_MAX),
    ...own,
  })
}

export type Window = {
  readonly from: Instant
  readonly until: Instant
  readonly limit: number
  readonly offset: number
}

type ListQuery = {
  readonly date_start: number
  readonly date_end: number
  readonly page: number
  readonly limit: number
}

/** Refuses a window that ends before it begins, or is longer than it may be. */
export function windowOf(query: ListQuery, daysMax = WINDOW_DAYS_MAX): Window {
  const { date_start: start, date_end: end, page, limit } = query
  const from = parseUnixSeconds(start)
  const until = parseUnixSeconds(end)
  if (from === null || until === null || until < from)
    throw FaceRefusal.invalid('date_end must not be before date_start.')
  if (until - from > daysMax * MS_PER_DAY)
    throw FaceRefusal.invalid(`date_start and date_end may be ${daysMax} days apart at most.`)
  return {
    from: toFilterInstant(from),
    until: toFilterInstant(until),
    limit,
    offset: (page - 1) * limit,
  }
}

/** The id in a path; a code that stands for nothing is not found. */
export function pathId(value: string, what: string): Uuid {
  const id = readCode(value)
  if (id === null) throw FaceRefusal.notFound(what)
  return id
}

/** An id in a body or a query. */
export function idAt(field: string, value: string): Uuid {
  const id = readCode(value)
  if (id === null) throw FaceRefusal.invalid(`${field} must be an id of 20 letters and digits.`)
  return id
}

export function instantAt(field: string, value: string): Instant {
  const instant = parseInstant(value)
  if (instant === null)
    throw FaceRefusal.invalid(
      `${field} must be an ISO 8601 date-time, such as 2027-01-31T09:00:00Z.`,
    )
  return instant
}
