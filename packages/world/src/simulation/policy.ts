export const HORIZON_DAYS = 28
/** Beyond the first. */
export const ATTEMPTS_MAX = 8

/** Who decides when and where an unpaid bill is tried again. */
export type Policy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly days: readonly number[] }
  /** The same without asking whether the networks allow it: to see what that breaks. */
  | { readonly kind: 'blind'; readonly days: readonly number[] }
  /** `days`: a merchant's own, which each try is made by; null = anywhere within the horizon. */
  | { readonly kind: 'planner'; readonly days: readonly number[] | null }
  | { readonly kind: 'oracle' }

/** As `parsePolicy` reads it, and how far it may go. */
export function describePolicy(policy: Policy): string {
  switch (policy.kind) {
    case 'none':
      return 'none (never tries again)'
    case 'oracle':
      return 'oracle (a clairvoyant)'
    case 'fixed':
      return `fixed:${policy.days.join(',')} (on those days after the failure)`
    case 'blind':
      return `blind:${policy.days.join(',')} (the same, whatever the networks forbid)`
    case 'planner':
      return policy.days === null
        ? `planner (anywhere within ${HORIZON_DAYS} days, at most ${ATTEMPTS_MAX} tries; new accounts begin with planner:1,3,7)`
        : `planner:${policy.days.join(',')} (each try by its day, and the end on the last)`
  }
}

/** Null for a text that names no policy. */
export function parsePolicy(text: string): Policy | null {
  if (text === 'none' || text === 'oracle') return { kind: text }
  if (text === 'planner') return { kind: text, days: null }
  const [, kind, list] = /^(fixed|blind|planner):(\d+(?:,\d+)*)$/.exec(text) ?? []
  if (list === undefined) return null
  const days = list.split(',').map(Number)
  if (!days.every((day, index) => day > (days[index - 1] ?? 0))) return null
  return kind === 'planner' || kind === 'blind' ? { kind, days } : { kind: 'fixed', days }
}
