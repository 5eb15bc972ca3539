import { uuidV7, type Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_DAY, type Instant } from '@perennial/core/time'
import type { Environment } from '../command/index.ts'

/** How long before its row an id may have been made, and how long after: clocks differ, and work may be late. */
const EARLY_MS = 3_600_000
const LATE_MS = 2 * MS_PER_DAY
const BYTES = 10
/** Of the 48 bits that an id has for its time. */
const MS_MAX = 2 ** 48 - 1

export type IdBounds = { readonly first: Uuid; readonly last: Uuid }

/**
 * The ids that rows made in a window can have, so that a list walks the primary key and no index of dates has to be
 * written. A sandbox's clock runs ahead of the real one that its ids are of: there only the end is bounded. Null: an open end.
 */
export function idBounds(
  environment: Environment,
  window: { readonly from: Instant | null; readonly until: Instant | null },
): IdBounds {
  const from = environment === 'live' && window.from !== null ? addMs(window.from, -EARLY_MS) : 0
  const until = window.until === null ? MS_MAX : addMs(window.until, LATE_MS)
  return {
    first: uuidV7(within(from), new Uint8Array(BYTES)),
    last: uuidV7(within(until), new Uint8Array(BYTES).fill(0xff)),
  }
}

const within = (ms: number): number => Math.min(Math.max(ms, 0), MS_MAX)
