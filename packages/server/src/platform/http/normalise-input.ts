import { ApiRefusal } from './api-refusal.ts'
import { hintOf, isNear, tellable } from './near-names.ts'
import { toCamelCase, toSnakeCase } from './spellings.ts'

/** Of one body, so that one of nothing but unknown fields is no work for minutes. */
const LOOKED_AT_MAX = 200

/** How deep a body may nest. JSON has no bound of its own, and what is stored must be readable by other programs. */
const DEPTH_MAX = 40

type Shape = {
  /** Accepted spelling → the schema's spelling, with the shape of what is below it. */
  readonly names: ReadonlyMap<string, { readonly name: string; readonly shape: Shape | null }>
  /** Nothing else may be given; what is, is refused by name when the schema is applied. */
  readonly isClosed: boolean
}

/**
 * Takes every field name in snake_case and camelCase alike and turns it into the spelling of the schema, in nested
 * objects and lists too. Free maps (objects without properties of their own) keep their keys. An unknown field goes (revkeen
 * 3.5), save one that is near to a known field which is not given: that one was meant, and doing without it may move all of an
 * amount instead of a part. It is refused by name, and where `additionalProperties` is false the schema refuses all others.
 */
export function createNormaliser(schema: unknown): (input: unknown) => unknown {
  const shape = shapeOf(schema)
  return (input) =>
    shape === null ? input : normalise(input, shape, { path: '', looked: { count: 0 } })
}

/** Every accepted spelling of a schema's fields → the schema's own, of the outermost object alone. */
export function spellingsOf(schema: unknown): ReadonlyMap<string, string> {
  const names = shapeOf(schema)?.names ?? new Map<string, { readonly name: string }>()
  return new Map([...names].map(([spelling, { name }]) => [spelling, name]))
}

function shapeOf(schema: unknown): Shape | null {
  if (!isObject(schema)) return null
  if (isObject(schema['items'])) return shapeOf(schema['items'])
  const variants = schema['anyOf']
  if (Array.isArray(variants)) return variants.map(shapeOf).find((shape) => shape !== null) ?? null
  const properties = schema['properties']
  if (!isObject(properties)) return null
  const names = new Map<string, { name: string; shape: Shape | null }>()
  for (const [name, below] of Object.entries(properties)) {
    const target = { name, shape: shapeOf(below) }
    for (const spelling of [toSnakeCase(name), toCamelCase(name)])
      if (!names.has(spelling)) names.set(spelling, target)
  }
  for (const [name, below] of Object.entries(properties))
    names.set(name, { name, shape: shapeOf(below) })
  return { names, isClosed: schema['additionalProperties'] === false }
}

type Place = { readonly path: string; readonly looked: { count: number } }

function normalise(input: unknown, shape: Shape, at: Place): unknown {
  const { path } = at
  if (Array.isArray(input))
    return input.map((item, index) => normalise(item, shape, { ...at, path: `${path}[${index}]` }))
  if (!isObject(input)) return input
  const output: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(input)) {
    const known = shape.names.get(key)
    if (known === undefined) {
      refuseMeant(shape, { key, input, ...at })
      if (shape.isClosed) output[key] = value
      continue
    }
    // Given both ways, the schema's own spelling wins.
    if (known.name !== key && Object.hasOwn(input, known.name)) continue
    output[known.name] =
      known.shape === null
        ? value
        : normalise(value, known.shape, { ...at, path: path === '' ? key : `${path}.${key}` })
  }
  return output
}

/** Refuses an unknown field by which one of the fields was meant that are not given. */
function refuseMeant(
  { names }: Shape,
  {
    key,
    input,
    path,
    looked,
  }: Place & { readonly key: string; readonly input: Readonly<Record<string, unknown>> },
): void {
  if (++looked.count > LOOKED_AT_MAX) return
  const all = new Set<string>()
  const given = new Set<string>()
  // By the schema's names, which are few: a body may have any number.
  for (const [spelling, { name }] of names) {
    all.add(name)
    if (Object.hasOwn(input, spelling)) given.add(name)
  }
  const meant = [...all].filter((name) => !given.has(name) && isNear(name, key))
  if (meant.length === 0) return
  const name = tellable(path === '' ? key : `${path}.${key}`, 'body')
  throw ApiRefusal.invalid(name, `${name} is not known here.${hintOf(meant)}`)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Why a parsed input cannot be stored, or null: text that PostgreSQL cannot hold, or nesting without end. */
export function findUnstorable(
  input: unknown,
  path = '',
  depth = 0,
): { readonly param: string; readonly message: string } | null {
  if (typeof input === 'string') {
    if (!input.includes('\0') && input.isWellFormed()) return null
    return {
      param: path,
      message: 'This text holds a character that cannot be stored (NUL or half a surrogate pair).',
    }
  }
  if (typeof input !== 'object' || input === null) return null
  if (depth >= DEPTH_MAX)
    return { param: path, message: `This nests deeper than ${DEPTH_MAX} levels.` }
  for (const [key, value] of Object.entries(input)) {
    const name = Array.isArray(input) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const problem = findUnstorable(key, name) ?? findUnstorable(value, name, depth + 1)
    if (problem !== null) return problem
  }
  return null
}
