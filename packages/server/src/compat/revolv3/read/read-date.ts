import { parsePlainDate, type PlainDate } from '@perennial/core/time'
import { DATE_OUT_OF_RANGE, isDateInRange, toFilterDate } from '../../../platform/wire/index.ts'
import { problem, type Fields } from './fields.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A date that something is set to. ISO dates and date-times, `dd-MMM-yy` and `M/d/yyyy`; the day as it is written. */
export function dateAt(fields: Fields, name: string): PlainDate | null {
  const date = anyDateAt(fields, name)
  return date === null || isDateInRange(date) ? date : problem(fields, name, DATE_OUT_OF_RANGE)
}

/** The same of an end of a filter, wherever it lies. */
export function filterDateAt(fields: Fields, name: string): PlainDate | null {
  const date = anyDateAt(fields, name)
  return date === null ? null : toFilterDate(date)
}

function anyDateAt(fields: Fields, name: string): PlainDate | null {
  const value = fields.get(name)
  if (value === null || value === '') return null
  const date = typeof value === 'string' ? parseDate(value.trim()) : null
  return date ?? problem(fields, name, 'must be a date, such as 2027-09-08')
}

export function parseDate(text: string): PlainDate | null {
  const iso = /^(\d{4}-\d{2}-\d{2})([T ].*)?$/.exec(text)?.[1]
  if (iso !== undefined) return parsePlainDate(iso)
  const short = /^(\d{1,2})-([A-Za-z]{3})-(\d{2})$/.exec(text)
  if (short !== null) {
    const [, day = '', month = '', year = ''] = short
    const number = MONTHS.indexOf(month.toLowerCase()) + 1
    return parsePlainDate(`20${year}-${twoDigits(number)}-${twoDigits(day)}`)
  }
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text)
  if (slashed === null) return null
  const [, month = '', day = '', year = ''] = slashed
  return parsePlainDate(`${year}-${twoDigits(month)}-${twoDigits(day)}`)
}

function twoDigits(value: string | number): string {
  return String(value).padStart(2, '0')
}
