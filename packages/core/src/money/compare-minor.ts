/**
 * For sorting: negative, zero or positive. A difference of bigints is no number, so `a - b` will
 * not do.
 */
export function compareMinor(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
