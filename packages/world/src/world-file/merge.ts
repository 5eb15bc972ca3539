/**
 * Objects merge key by key; anything else, arrays and null included, replaces. Neither argument is
 * changed.
 */
export function merge(target: unknown, patch: unknown): unknown {
  if (!isPlainObject(target) || !isPlainObject(patch)) return structuredClone(patch)
  const merged: Record<string, unknown> = { ...target }
  for (const [key, value] of Object.entries(patch)) merged[key] = merge(target[key], value)
  return merged
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
