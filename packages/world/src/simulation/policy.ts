/** Who decides when and where an unpaid bill is tried again. */
export type Policy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly days: readonly number[] }
  /** `days`: a merchant's own, which each try is made by; null = anywhere within the horizon. */
  | { readonly kind: 'planner'; readonly days: readonly number[] | null }
  | { readonly kind: 'oracle' }

/** Null for a text that names no policy. */
export function parsePolicy(text: string): Policy | null {
  if (text === 'none' || text === 'oracle') return { kind: text }
  if (text === 'planner') return { kind: text, days: null }
  const [, kind, list] = /^(fixed|planner):(\d+(?:,\d+)*)$/.exec(text) ?? []
  if (list === undefined) return null
  const days = list.split(',').map(Number)
  if (!days.every((day, index) => day > (days[index - 1] ?? 0))) return null
  return kind === 'planner' ? { kind, days } : { kind: 'fixed', days }
}
