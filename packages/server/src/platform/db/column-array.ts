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
  bytea: (value) => {
    assert(value instanceof Uint8Array, 'a bytea is bytes')
    return quote(`\\x${Buffer.from(value).toString('hex')}`)
  },
}

/** A comma in it would make two of it, and neither would be a uuid to PostgreSQL. */
function encodeUuid(value: unknown): string {
  assert(typeof value === 'string' && value.length === 36, 'a uuid has 36 characters')
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

/** JSON never holds a raw line break, nor the word NULL in capitals by itself. */
const JSON_SEPARATOR = '\n'
const JSON_NULL = 'NULL'

/**
 * One column of many rows as the text of one parameter; `columnExpression` reads it. Most are PostgreSQL array
 * literals: `{1,2,NULL}`. JSON stands line by line instead, because every quote in it would have to be escaped.
 */
export function columnArray(rows: readonly Row[], column: string, type: string): string {
  const isJson = isJsonType(type)
  const encode = isJson ? JSON.stringify : (encodeByType[type] ?? encodeText)
  const nullText = isJson ? JSON_NULL : 'NULL'
  const parts: string[] = []
  // Neighbours often hold the same value: their account, their instant, one object in two events.
  let before: unknown
  let text = ''
  for (const row of rows) {
    const value = row[column]
    if (value !== before || parts.length === 0) {
      assert(value !== undefined, `every row has a value for ${column}`)
      text = value === null ? nullText : encode(value)
      before = value
    }
    parts.push(text)
  }
  return isJson ? parts.join(JSON_SEPARATOR) : `{${parts.join(',')}}`
}

/** The value that all rows have in a column, as the text of a parameter that is no array; null = they differ. */
export function commonValue(
  rows: readonly Row[],
  column: string,
  type: string,
): { readonly text: string | null } | null {
  const value = rows[0]?.[column]
  assert(value !== undefined, `every row has a value for ${column}`)
  const json = isJsonType(type) && value !== null ? JSON.stringify(value) : null
  for (const row of rows) {
    if (row[column] === value) continue
    // Two objects may say the same: most metadata is empty.
    if (json === null || JSON.stringify(row[column]) !== json) return null
  }
  if (value === null) return { text: null }
  if (json !== null) return { text: json }
  const encode = encodeByType[type]
  if (encode !== undefined && type !== 'bytea') return { text: encode(value) }
  return typeof value === 'string' ? { text: value } : null
}

/** What makes an array again of the parameter that `columnArray` wrote. */
export function columnExpression(parameter: string, type: string): string {
  if (!isJsonType(type)) return `${parameter}::${type}[]`
  return `string_to_array(${parameter}::text, e'\\n', '${JSON_NULL}')::${type}[]`
}

function isJsonType(type: string): boolean {
  return type === 'json' || type === 'jsonb'
}
