/** Who decides when and where an unpaid bill is tried again. */
export type Policy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly days: readonly number[] }
  | { readonly kind: 'planner' }
  | { readonly kind: 'oracle' }

/** Null for a text that names no policy. */
export function parsePolicy(text: string): Policy | null {
  if (text === 'none' || text === 'planner' || text === 'oracle') return { kind: text }
  const list = /^fixed:(\d+(?:,\d+)*)$/.exec(text)?.[1]
  if (list === undefined) return null
  const days = list.split(',').map(Number)
  const rises = days.every((day, index) => day > (days[index - 1] ?? 0))
  return rises ? { kind: 'fixed', days } : null
}
