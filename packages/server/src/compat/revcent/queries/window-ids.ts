import { uuidV7, type Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_DAY, type Instant } from '@perennial/core/time'
import type { Environment } from '../../../platform/command/index.ts'

/** How long before its row an id may have been made, and how long after: clocks differ, and work may be late. */
const EARLY_MS = 3_600_000
const LATE_MS = 2 * MS_PER_DAY
const BYTES = 10

export type IdBounds = { readonly first: Uuid; readonly last: Uuid }

/**
 * The ids that rows made in a window can have, so that a list walks the primary key and no index of dates has to be
 * written. A sandbox's clock runs ahead of the real one that its ids are of: there only the end is bounded.
 */
export function idBounds(
  environment: Environment,
  window: { readonly from: Instant; readonly until: Instant },
): IdBounds {
  const from = environment === 'live' ? Math.max(0, addMs(window.from, -EARLY_MS)) : 0
  return {
    first: uuidV7(from, new Uint8Array(BYTES)),
    last: uuidV7(addMs(window.until, LATE_MS), new Uint8Array(BYTES).fill(0xff)),
  }
}
