import { parseInstant, parsePlainDate, type Instant, type PlainDate } from '@perennial/core/time'
import { DATE_OUT_OF_RANGE, isDateInRange } from '../wire/index.ts'
import { ApiRefusal } from './api-refusal.ts'

/** A date or an instant that something is set to. Throws an `ApiRefusal` that names the field. */
export function readDate(field: string, text: string): PlainDate | Instant {
  const date = parsePlainDate(text) ?? parseInstant(text)
  if (date === null)
    throw ApiRefusal.invalid(field, 'Give a date (YYYY-MM-DD) or an ISO 8601 instant.')
  if (!isDateInRange(date)) throw ApiRefusal.invalid(field, `${field} ${DATE_OUT_OF_RANGE}.`)
  return date
}
