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
 * objects and lists too. Free maps (objects without properties of their own) keep their keys; unknown fields go, except where
 * `additionalProperties` is false.
 */
export function createNormaliser(schema: unknown): (input: unknown) => unknown {
  const shape = shapeOf(schema)
  return (input) => (shape === null ? input : normalise(input, shape))
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

function normalise(input: unknown, shape: Shape): unknown {
  if (Array.isArray(input)) return input.map((item) => normalise(item, shape))
  if (!isObject(input)) return input
  const output: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(input)) {
    const known = shape.names.get(key)
    if (known === undefined) {
      // Unknown fields are ignored (revkeen 3.5).
      if (shape.isClosed) output[key] = value
      continue
    }
    // Given both ways, the schema's own spelling wins.
    if (known.name !== key && Object.hasOwn(input, known.name)) continue
    output[known.name] = known.shape === null ? value : normalise(value, known.shape)
  }
  return output
}

export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase())
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
