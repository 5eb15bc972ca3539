import type { Instant } from '@perennial/core/time'

/** What is due until `until` is decided at its own time, or all of it then. */
export type OutsideWindow = { readonly until: Instant; readonly decideAt: 'due' | 'until' }

export function dueAt(at: Instant | null, { until, decideAt }: OutsideWindow): Instant {
  return decideAt === 'due' ? (at ?? until) : until
}
