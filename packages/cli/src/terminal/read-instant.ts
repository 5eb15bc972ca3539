import { parseInstant, parsePlainDate, startOfDay, UTC, type Instant } from '@perennial/core/time'
import { DATE_OUT_OF_RANGE, isDateInRange } from '../../../server/src/platform/wire/index.ts'
import { CommandError } from '../command-error.ts'

/** What an option names: an instant, or a date, which is its first instant in UTC, as gateways count their days. */
export function readInstant(option: string, text: string): Instant {
  const named = parsePlainDate(text) ?? parseInstant(text)
  if (named === null)
    throw new CommandError(`${option} ${text} is neither a date (2027-01-31) nor an instant`)
  if (!isDateInRange(named)) throw new CommandError(`${option} ${text} ${DATE_OUT_OF_RANGE}`)
  return typeof named === 'number' ? named : startOfDay(named, UTC)
}
