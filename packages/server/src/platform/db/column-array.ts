import { assert } from '@perennial/core/fault'

import { formatTimestamptz } from './values.ts'

type Encode = (value: unknown) => string

/** Text that can stand in an array literal without quotes, because its form leaves no room for more. */
const encodeByType: Readonly<Record<string, Encode>> = {
  uuid: encodeUuid,
  int2: encodeWhole,
  int4: encodeWhole,
  int8: encodeWhole,
  float8: (value) => {
    assert(typeof value === 'number', 'a float8 is a number')
    return String(value)
  },
  bool: (value) => {
    assert(typeof value === 'boolean', 'a bool is a boolean')
    return value ? 't' : 'f'
  },
  timestamptz: (value) => {
    assert(typeof value === 'number', 'a timestamptz is an Instant')
    return formatTimestamptz(value)
  },
  json: (value) => quote(JSON.stringify(value)),
  jsonb: (value) => quote(JSON.stringify(value)),
  bytea: (value) => {
    assert(value instanceof Uint8Array, 'a bytea is bytes')
    return quote(`\\x${Buffer.from(value).toString('hex')}`)
  },
}

function encodeUuid(value: unknown): string {
  assert(
    typeof value === 'string' && value.length === 36 && !value.includes(','),
    'a uuid has 36 characters',
  )
  return value
}

function encodeWhole(value: unknown): string {
  assert(
    typeof value === 'bigint' || Number.isInteger(value),
    'an integer column takes whole numbers',
  )
  return String(value)
}

function encodeText(value: unknown): string {
  assert(typeof value === 'string', 'a text column takes text')
  return quote(value)
}

const SPECIAL = /["\\]/

function quote(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`
}

type Row = Readonly<Record<string, unknown>>

/** One column of many rows as a PostgreSQL array literal: `{1,2,NULL}`. */
export function columnArray(rows: readonly Row[], column: string, type: string): string {
  const encode = encodeByType[type] ?? encodeText
  const parts: string[] = []
  for (const row of rows) {
    const value = row[column]
    assert(value !== undefined, `every row has a value for ${column}`)
    parts.push(value === null ? 'NULL' : encode(value))
  }
  return `{${parts.join(',')}}`
}
