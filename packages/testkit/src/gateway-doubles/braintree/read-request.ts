/** A field of a request body, on the way of these names; undefined where there is none. */
export function fieldOf(body: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    body,
  )
}

export function textOf(body: unknown, ...path: readonly string[]): string | null {
  const found = fieldOf(body, ...path)
  return typeof found === 'string' && found !== '' ? found : null
}
