import type { JsonObject, JsonValue } from '../wire/index.ts'

/**
 * The old value of every member of a wire object that differs, null where there was none; `updated_at` is not counted
 * as a change. Empty when nothing changed.
 */
export function toPreviousAttributes(current: JsonObject, previous: JsonObject): JsonObject {
  const names = new Set([...Object.keys(previous), ...Object.keys(current)])
  names.delete('updated_at')
  const old: [string, JsonValue][] = []
  for (const name of names) {
    if (JSON.stringify(previous[name]) === JSON.stringify(current[name])) continue
    old.push([name, previous[name] ?? null])
  }
  return Object.fromEntries(old)
}
