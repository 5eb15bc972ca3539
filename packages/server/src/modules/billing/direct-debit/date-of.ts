import { assert } from '@perennial/core/fault'
import { parsePlainDate, type PlainDate } from '@perennial/core/time'

/** A date as it is stored. Faults: one that is none. */
export function dateOf(day: string): PlainDate {
  const date = parsePlainDate(day)
  assert(date !== null, 'a stored date is one')
  return date
}
