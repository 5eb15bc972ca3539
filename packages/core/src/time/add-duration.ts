import { boundaryAt } from './boundary.ts'
import type { Frequency } from './frequency.ts'
import { type Instant, addDays } from './instant.ts'
import type { TimeZone } from './time-zone.ts'

/**
 * One period later, counted from `from` alone: no memory of an original day, so 31 January, 28
 * February, 28 March. Days and weeks are exact multiples of 24 hours; the rest keeps the wall time
 * (revcent 6.3, 6.4).
 */
export function addDuration(input: {
  readonly from: Instant
  readonly frequency: Frequency
  readonly zone: TimeZone
}): Instant {
  const { from, frequency, zone } = input
  if (frequency.kind === 'unit' && frequency.unit === 'day') return addDays(from, frequency.count)
  if (frequency.kind === 'unit' && frequency.unit === 'week')
    return addDays(from, 7 * frequency.count)
  return boundaryAt({ at: from, zone, day: null }, frequency, 1)
}
