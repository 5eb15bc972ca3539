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

/** A field that may be written as a number or as a text. */
export function writtenOf(body: unknown, ...path: readonly string[]): string | null {
  const found = fieldOf(body, ...path)
  return typeof found === 'number' ? String(found) : textOf(body, ...path)
}

/** Truths are written as such or as a text. */
export function isTrue(body: unknown, ...path: readonly string[]): boolean {
  const found = fieldOf(body, ...path)
  return found === true || found === 'true'
}
