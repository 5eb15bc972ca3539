import type { Instant } from '@perennial/core/time'

/**
 * Which work is due, and the instant each decision is made at: a live account decides at the present; a test
 * clock that is being moved decides each at the instant at which it fell due.
 */
export type DueWindow = { readonly until: Instant; readonly decideAt: 'until' | 'due' }

/** The instant at which a piece of work is decided that fell due at `dueAt`; null = nobody noted when. */
export function decidedAt({ until, decideAt }: DueWindow, dueAt: Instant | null): Instant {
  return decideAt === 'due' ? (dueAt ?? until) : until
}
