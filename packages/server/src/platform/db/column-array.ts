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

/** JSON never holds a raw line break, nor the word NULL in capitals by itself. */
const JSON_SEPARATOR = '\n'
const JSON_NULL = 'NULL'

/**
 * One column of many rows on its way into the text of one parameter, value by value, so that nobody has to keep the
 * rows. Neighbours often hold the same value (their instant, one object in two events), and often all rows do.
 */
export class ColumnTexts {
  readonly #column: string
  readonly #type: string
  readonly #encode: Encode
  #count = 0
  #last: unknown = null
  #lastText = ''
  /** Null as long as all rows say the same. */
  #parts: string[] | null = null

  constructor(column: string, type: string) {
    this.#column = column
    this.#type = type
    this.#encode = isJsonType(type) ? JSON.stringify : (encodeByType[type] ?? encodeText)
  }

  add(value: unknown): void {
    if (value !== this.#last || this.#count === 0) {
      assert(value !== undefined, `every row has a value for ${this.#column}`)
      const text = value === null ? this.#nullText() : this.#encode(value)
      if (this.#count > 0 && text !== this.#lastText) this.#parts ??= this.#repeated()
      this.#last = value
      this.#lastText = text
    }
    this.#count += 1
    this.#parts?.push(this.#lastText)
  }

  /**
   * The values as the text of one parameter; `columnExpression` reads it. Most are PostgreSQL array literals:
   * `{1,2,NULL}`. JSON stands line by line instead, because every quote in it would have to be escaped.
   */
  toArray(): string {
    const parts = this.#parts ?? this.#repeated()
    if (isJsonType(this.#type)) return parts.join(JSON_SEPARATOR)
    return `{${parts.join(',')}}`
  }

  /** The value that all rows have, as the text of a parameter that is no array; null = they differ. */
  toCommon(): { readonly text: string | null } | null {
    if (this.#parts !== null || this.#type === 'bytea') return null
    if (this.#last === null) return { text: null }
    if (isJsonType(this.#type) || this.#type in encodeByType) return { text: this.#lastText }
    return typeof this.#last === 'string' ? { text: this.#last } : null
  }

  #nullText(): string {
    return isJsonType(this.#type) ? JSON_NULL : 'NULL'
  }

  #repeated(): string[] {
    return Array.from({ length: this.#count }, () => this.#lastText)
  }
}

/** One column of rows that are at hand, as `ColumnTexts` writes it. */
export function columnArray(
  rows: readonly Readonly<Record<string, unknown>>[],
  column: string,
  type: string,
): string {
  const texts = new ColumnTexts(column, type)
  for (const row of rows) texts.add(row[column])
  return texts.toArray()
}

/** What makes an array again of the parameter that `columnArray` wrote. */
export function columnExpression(parameter: string, type: string): string {
  if (!isJsonType(type)) return `${parameter}::${type}[]`
  return `string_to_array(${parameter}::text, e'\\n', '${JSON_NULL}')::${type}[]`
}

function isJsonType(type: string): boolean {
  return type === 'json' || type === 'jsonb'
}
