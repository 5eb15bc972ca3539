import { FaceRefusal } from '../face-refusal.ts'

/** Problems are gathered, so that a caller learns of all of them at once. */
export type Problems = string[]

/** An object of a body: its names are matched without regard to case. */
export type Fields = {
  readonly path: string
  readonly problems: Problems
  /** What is given, as it is written. */
  readonly names: readonly string[]
  get(name: string): unknown
}

/** The body of a request. */
export function readBody(body: unknown): Fields {
  const problems: Problems = []
  const fields = toFields(body ?? {}, { path: '', problems })
  if (fields === null) throw FaceRefusal.invalid(['The body must be a JSON object.'])
  return fields
}

/** The query of an address, in the same way; a name that is given twice is a list. */
export function readQuery(query: Readonly<Record<string, unknown>>): Fields {
  return fieldsOf(query, { path: '', problems: [] })
}

type Place = Pick<Fields, 'path' | 'problems'>

/** Null for what is no object. */
function toFields(value: unknown, at: Place): Fields | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return fieldsOf(value, at)
}

function fieldsOf(value: object, at: Place): Fields {
  const values = new Map(
    Object.entries(value).map(([name, each]) => [name.toLowerCase(), each as unknown]),
  )
  return { ...at, names: Object.keys(value), get: (name) => values.get(name.toLowerCase()) ?? null }
}

/** Ends reading: refuses when anything was wrong. */
export function refuseProblems({ problems }: Pick<Fields, 'problems'>): void {
  if (problems.length > 0) throw FaceRefusal.invalid(problems)
}

export function problem(fields: Fields, name: string, text: string): null {
  fields.problems.push(`${fields.path}${name} ${text}.`)
  return null
}

/** Of these fields one may be given: what the others say would be dropped in silence. An empty list says nothing. */
export function refuseBeside(fields: Fields, names: readonly string[]): void {
  const given = names.filter((name) => {
    const value = fields.get(name)
    return Array.isArray(value) ? value.length > 0 : value !== null
  })
  if (given.length > 1) problem(fields, given.join(', '), 'exclude each other')
}

/** Refuses by name what is none of these: it would be dropped in silence. Null is no value. */
export function refuseUnknown(fields: Fields, names: readonly string[]): void {
  const known = new Set(names.map((name) => name.toLowerCase()))
  for (const name of fields.names)
    if (!known.has(name.toLowerCase()) && fields.get(name) !== null)
      problem(fields, name, 'cannot be changed here')
}

/** Null where it is absent or null. */
export function objectAt(fields: Fields, name: string): Fields | null {
  const value = fields.get(name)
  if (value === null) return null
  const { problems } = fields
  const inner = toFields(value, { path: `${fields.path}${name}.`, problems })
  return inner ?? problem(fields, name, 'must be an object')
}

const LIST_MAX = 200

/** Empty where it is absent or null. */
export function objectsAt(fields: Fields, name: string, lengthMax = LIST_MAX): readonly Fields[] {
  const value = fields.get(name)
  if (value === null) return []
  if (!Array.isArray(value)) {
    problem(fields, name, 'must be a list')
    return []
  }
  if (value.length > lengthMax) {
    problem(fields, name, `must have at most ${lengthMax} entries`)
    return []
  }
  const { problems, path } = fields
  return value.flatMap((entry: unknown, index) => {
    const inner = toFields(entry, { path: `${path}${name}[${index}].`, problems })
    if (inner === null) problem(fields, `${name}[${index}]`, 'must be an object')
    return inner ?? []
  })
}

type TextRule = {
  readonly lengthMin?: number
  readonly lengthMax: number
  readonly isRequired?: boolean
}

export function textAt(fields: Fields, name: string, rule: TextRule): string | null {
  const value = fields.get(name)
  const text = typeof value === 'string' ? value.trim() : value
  if (text === null || text === '') {
    return rule.isRequired === true ? problem(fields, name, 'is required') : null
  }
  if (typeof text !== 'string') return problem(fields, name, 'must be text')
  const { lengthMin = 0, lengthMax } = rule
  if (text.length < lengthMin) return problem(fields, name, `must have at least ${lengthMin} characters`) // prettier-ignore
  if (text.length > lengthMax) return problem(fields, name, `must have at most ${lengthMax} characters`) // prettier-ignore
  if (text.includes('\0') || !text.isWellFormed())
    return problem(fields, name, 'holds a character that cannot be stored')
  return text
}

export function flagAt(fields: Fields, name: string): boolean | null {
  const value = fields.get(name)
  if (value === null || typeof value === 'boolean') return value
  return problem(fields, name, 'must be true or false')
}

export function integerAt(
  fields: Fields,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | null {
  const value = fields.get(name)
  if (value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value))
    return problem(fields, name, 'must be a whole number')
  if (value < range.min || value > range.max)
    return problem(fields, name, `must be between ${range.min} and ${range.max}`)
  return value
}

/** Ids of this face are numbers. */
export const ID_RANGE = { min: 1, max: 1_000_000_000 } as const

const HUNDREDTHS_MAX = 99_999_999_999

/** Major units with two decimals, as hundredths. */
export function hundredthsAt(
  fields: Fields,
  name: string,
  rule: { readonly isRequired?: boolean; readonly maxMajor?: number } = {},
): bigint | null {
  const value = fields.get(name)
  if (value === null) return rule.isRequired === true ? problem(fields, name, 'is required') : null
  if (typeof value !== 'number' || !Number.isFinite(value))
    return problem(fields, name, 'must be a number')
  const hundredths = Math.round(value * 100)
  // What is written with two decimals is the nearest number there is, however large; a sum of such may be a little off.
  if (Math.abs(value - hundredths / 100) > 1e-8)
    return problem(fields, name, 'must have at most two decimals')
  if (hundredths < 0) return problem(fields, name, 'must not be negative')
  const max = rule.maxMajor === undefined ? HUNDREDTHS_MAX : rule.maxMajor * 100
  if (hundredths > max) return problem(fields, name, `must be at most ${max / 100}`)
  return BigInt(hundredths)
}

/** One of these names without regard to case, or the number of its place from 1 on. */
export function choiceAt<Name extends string>(
  fields: Fields,
  name: string,
  names: readonly Name[],
): Name | null {
  const value = fields.get(name)
  if (value === null || value === '') return null
  const text = typeof value === 'string' ? value.toLowerCase() : null
  const found =
    typeof value === 'number' ? names[value - 1] : names.find((each) => each.toLowerCase() === text)
  return found ?? problem(fields, name, `must be one of ${names.join(', ')}`)
}
