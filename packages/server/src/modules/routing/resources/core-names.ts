type Camel<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

/** The same value with its fields named as the core names them: `gateway_id` is `gatewayId`. */
export type CoreNames<T> = T extends readonly (infer Item)[]
  ? CoreNames<Item>[]
  : T extends object
    ? { [Name in keyof T as Camel<Name> & PropertyKey]: CoreNames<T[Name]> }
    : T

export function toCoreNames<T>(value: T): CoreNames<T> {
  // The type says what the renaming does to every field.
  return renamed(value) as CoreNames<T>
}

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [toCamelCase(name), renamed(member)]),
  )
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
