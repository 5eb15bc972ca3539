/** A part of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>

/** Empty where there is none. */
export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

/** The object that a schema refers to: `#/components/schemas/Customer` is `Customer`. */
export function refName(schema: Json): string | null {
  const ref = schema['$ref']
  return typeof ref === 'string' ? (ref.split('/').at(-1) ?? null) : null
}

/** The schema of a body, of a request or an answer. */
export function schemaIn(holder: unknown): Json | null {
  const content = object(object(holder)['content'])['application/json']
  return content === undefined ? null : object(object(content)['schema'])
}
