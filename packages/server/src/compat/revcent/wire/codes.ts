import { assert } from '@perennial/core/fault'
import { isUuid, type Uuid } from '@perennial/core/ids'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE = BigInt(ALPHABET.length)
const LENGTH = 20
const CODE = /^[0-9A-Za-z]{20}$/
/** Of the version 7 UUID: 45 bits of its milliseconds last until the year 3084, and 74 are random. */
const TIME_BITS = 45n
const BITS_AFTER_VERSION = 12n
const BITS_AFTER_VARIANT = 62n
const VALUES = 1n << (TIME_BITS + BITS_AFTER_VERSION + BITS_AFTER_VARIANT)
const VERSION = 7n
const VARIANT = 2n

/**
 * The 20 letters and digits that this face knows an object by: the 119 bits of its id that are not the same in all ids. Both
 * ways without a table, and in the order of the ids. Faults: an id that is not of version 7.
 */
export function toCode(id: Uuid): string {
  const bits = BigInt(`0x${id.replaceAll('-', '')}`)
  const afterVariant = bits & ((1n << BITS_AFTER_VARIANT) - 1n)
  const afterVersion = (bits >> 64n) & ((1n << BITS_AFTER_VERSION) - 1n)
  const time = bits >> 80n
  const isOurs = ((bits >> 76n) & 0xfn) === VERSION && ((bits >> 62n) & 3n) === VARIANT
  assert(isOurs && time < 1n << TIME_BITS, `${id} is an id of version 7`)
  let rest = (((time << BITS_AFTER_VERSION) | afterVersion) << BITS_AFTER_VARIANT) | afterVariant
  let code = ''
  for (let place = 0; place < LENGTH; place += 1) {
    code = `${ALPHABET[Number(rest % BASE)] ?? ''}${code}`
    rest /= BASE
  }
  return code
}

export function codeOrNull(id: Uuid | null): string | null {
  return id === null ? null : toCode(id)
}

/** The id that a code stands for; null for a text that stands for none. */
export function readCode(code: string): Uuid | null {
  if (!CODE.test(code)) return null
  let value = 0n
  for (const digit of code) value = value * BASE + BigInt(ALPHABET.indexOf(digit))
  if (value >= VALUES) return null
  const afterVariant = value & ((1n << BITS_AFTER_VARIANT) - 1n)
  const afterVersion = (value >> BITS_AFTER_VARIANT) & ((1n << BITS_AFTER_VERSION) - 1n)
  const time = value >> (BITS_AFTER_VARIANT + BITS_AFTER_VERSION)
  const bits =
    (time << 80n) | (VERSION << 76n) | (afterVersion << 64n) | (VARIANT << 62n) | afterVariant
  const hex = bits.toString(16).padStart(32, '0')
  const text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return isUuid(text) ? text : null
}
