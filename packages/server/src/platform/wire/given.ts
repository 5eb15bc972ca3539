import type { JsonObject } from './json.ts'

/** `{ [name]: value }`, or nothing when the caller did not give the field: for spreading a partial update. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value })
}

/** A free map after an update: keys are merged, and one set to null is removed (revkeen 3.9). */
export function mergeMap(current: JsonObject, change: JsonObject | undefined): JsonObject {
  const merged = { ...current, ...change }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}
