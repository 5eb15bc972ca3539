/** How many keys a map may hold (revkeen 3.9). */
export const MAP_KEYS_MAX = 200

/** A map after an update: keys are merged, and one set to null is removed (revkeen 3.9). */
export function mergeMap<Value>(
  current: Readonly<Record<string, Value>>,
  change: Readonly<Record<string, Value>> | undefined,
): Record<string, Value> {
  const merged = { ...current, ...change }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}

export function isMapTooLarge(map: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(map).length > MAP_KEYS_MAX
}
