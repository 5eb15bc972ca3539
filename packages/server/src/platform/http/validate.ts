import { Ajv, type ErrorObject, type SchemaValidateFunction, type ValidateFunction } from 'ajv'
import { decodeId, ID_PREFIX } from '@perennial/core/ids'
import { fromWireMinor, parseCurrency } from '@perennial/core/money'
import { parseInstant, parseUnixSeconds } from '@perennial/core/time'
import { assertNever } from '@perennial/core/fault'
import type { FastifySchemaCompiler } from 'fastify'
import { DATE_OUT_OF_RANGE, DECODE, isDateInRange, type Decoder } from '../wire/index.ts'
import { ApiRefusal } from './api-refusal.ts'

const EMAIL = /^[^\s@"(),:;<>[\]\\]+@[^\s@.]+(\.[^\s@.]+)+$/

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  email: (text) => EMAIL.test(text),
  'date-time': (text) => parseInstant(text) !== null,
  url: (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
}

const SENTENCE_BY_FORMAT: Readonly<Record<string, string>> = {
  email: 'must be an e-mail address',
  'date-time': 'must be an ISO 8601 date-time with an offset, such as 2027-01-31T09:00:00Z',
  url: 'must be an http or https URL',
}

/** Each keeps what it has compiled, so that several services in one process compile a schema once. */
const strict = createAjv({ coerceTypes: false })
const coercing = createAjv({ coerceTypes: 'array' })

/**
 * Bodies are taken as they are: "29" is no number. Query strings are text, so they are converted. A schema is compiled when
 * it is first needed: there are hundreds, and a start needs none.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<unknown> {
  return ({ schema, httpPart }) => {
    const ajv = httpPart === 'body' ? strict : coercing
    let compiled: ValidateFunction | null = null
    return (value: unknown) => {
      // One compiled schema is used for one part of one route, so its type is what the route's schema says.
      const validate = (compiled ??= ajv.compile(schema as object))
      if (validate(value)) return { value }
      return { error: toRefusal(validate.errors ?? [], httpPart === 'params') }
    }
  }
}

function createAjv(options: { readonly coerceTypes: boolean | 'array' }): Ajv {
  const ajv = new Ajv({
    ...options,
    allErrors: true,
    verbose: true, // an error brings its schema along
    useDefaults: true,
    strict: false,
    formats: { ...FORMATS },
  })
  ajv.addKeyword({
    keyword: DECODE,
    modifying: true,
    post: true, // after the rules about the value as it was sent
    errors: true,
    validate: createDecodeKeyword(),
  })
  return ajv
}

/** Replaces the value by its core form, or fails with a sentence. */
function createDecodeKeyword(): SchemaValidateFunction {
  const keyword: SchemaValidateFunction = (decoder: Decoder, value: unknown, _schema, context) => {
    if (value === null || context === undefined) return true
    const decoded = decode(decoder, value)
    if (decoded === 'skip') return true // another rule has refused the value already
    if ('problem' in decoded) {
      keyword.errors = [
        { keyword: DECODE, message: decoded.problem, params: { unknown: decoded.unknown ?? null } },
      ]
      return false
    }
    context.parentData[context.parentDataProperty] = decoded.value
    return true
  }
  return keyword
}

type Decoded =
  | { readonly value: unknown }
  | { readonly problem: string; readonly unknown?: string }
  | 'skip'

function decode(decoder: Decoder, value: unknown): Decoded {
  switch (decoder.to) {
    case 'id': {
      if (typeof value !== 'string') return 'skip'
      const [kind] = decoder.kinds
      const read = decoder.kinds.map((each) => decodeId(each, value))
      const known = read.find((each) => each.kind === 'ok')
      if (known !== undefined) return { value: known.id }
      const what = kind.replaceAll('_', ' ')
      const problem = `must be the id of ${withArticle(what)}, which starts with ${ID_PREFIX[kind]}_`
      return read.some((each) => each.kind === 'malformed')
        ? { problem, unknown: what }
        : { problem }
    }
    case 'minor':
      return Number.isSafeInteger(value) ? { value: fromWireMinor(value as number) } : 'skip'
    case 'currency': {
      if (typeof value !== 'string') return 'skip'
      const currency = parseCurrency(value)
      return currency === null
        ? { problem: 'must be an ISO 4217 currency code' }
        : { value: currency }
    }
    case 'instant': {
      const instant = typeof value === 'string' ? parseInstant(value) : null
      if (instant === null) return 'skip'
      const isTaken = !decoder.isSet || isDateInRange(instant)
      return isTaken ? { value: instant } : { problem: DATE_OUT_OF_RANGE }
    }
    case 'unix_seconds': {
      const instant = typeof value === 'number' ? parseUnixSeconds(value) : null
      return instant === null ? { problem: 'must be whole seconds since 1970' } : { value: instant }
    }
    default:
      return assertNever(decoder)
  }
}

/** The first problem is the message and the param; all of them are in `details.fields`. */
function toRefusal(errors: readonly ErrorObject[], isPath: boolean): ApiRefusal {
  const fields: Record<string, string[]> = {}
  for (const error of errors) {
    const name = fieldOf(error)
    fields[name] = [...(fields[name] ?? []), sentenceOf(error)]
  }
  const [first] = errors
  const [param = 'body', messages = ['is not valid']] = Object.entries(fields)[0] ?? []
  // A path id that nobody could have issued is simply not found.
  const unknown: unknown = first?.params['unknown']
  if (isPath && typeof unknown === 'string') return ApiRefusal.notFound(unknown)
  return new ApiRefusal({
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: `${param} ${messages[0] ?? 'is not valid'}.`,
    param,
    details: { fields },
  })
}

/** `/tiers/1/up_to` → `tiers[1].up_to`; a missing field is named itself, not the object it is missing from. */
function fieldOf(error: ErrorObject): string {
  const steps = error.instancePath.split('/').slice(1)
  if (error.keyword === 'required') steps.push(String(error.params['missingProperty']))
  if (error.keyword === 'additionalProperties')
    steps.push(String(error.params['additionalProperty']))
  const name = steps.reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`
    return path === '' ? step : `${path}.${step}`
  }, '')
  return name === '' ? 'body' : name
}

function sentenceOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
      return 'is not known here'
    case 'enum':
      return `must be one of ${listOf(error.params['allowedValues'])}`
    case 'format':
      return SENTENCE_BY_FORMAT[String(error.params['format'])] ?? 'has the wrong format'
    case 'type':
      return isUnixSeconds(error.parentSchema)
        ? 'must be whole seconds since 1970 (UNIX time)'
        : `must be ${typeNames(error.params['type'])}`
    case 'minimum':
      return `must be ${String(error.params['limit'])} or more`
    case 'maximum':
      return `must be ${String(error.params['limit'])} or less`
    case 'minLength':
      return `must have at least ${String(error.params['limit'])} characters`
    case 'maxLength':
      return `must have at most ${String(error.params['limit'])} characters`
    case 'minItems':
      return `must have at least ${countOf(error, 'entry', 'entries')}`
    case 'maxItems':
      return `must have at most ${countOf(error, 'entry', 'entries')}`
    default:
      return error.message ?? 'is not valid'
  }
}

function countOf(error: ErrorObject, one: string, many: string): string {
  const limit = String(error.params['limit'])
  return `${limit} ${limit === '1' ? one : many}`
}

function isUnixSeconds(schema: object | undefined): boolean {
  const decoder: unknown = schema === undefined ? undefined : Reflect.get(schema, DECODE)
  return typeof decoder === 'object' && decoder !== null && Reflect.get(decoder, 'to') === 'unix_seconds' // prettier-ignore
}

function listOf(values: unknown): string {
  return Array.isArray(values)
    ? values.filter((value) => value !== null).join(', ')
    : String(values)
}

function typeNames(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map(String)
  return names.map((name) => (name === 'null' ? name : withArticle(name))).join(' or ')
}

function withArticle(name: string): string {
  return `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`
}
