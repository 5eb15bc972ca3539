import { assert } from '../fault/index.ts'

declare const uuidBrand: unique symbol

/** 128 bits as lower-case hyphenated text, of any version. */
export type Uuid = string & { readonly [uuidBrand]: true }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Lower case only: what is stored. Input goes through `decodeId`, which takes either case. */
export function isUuid(text: string): text is Uuid {
  return UUID.test(text)
}

/** 32 lower-case hex digits, hyphenated. */
export function uuidOfHex(hex: string): Uuid {
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ]
  const text = groups.join('-')
  assert(isUuid(text), 'a uuid is 32 lower-case hex digits')
  return text
}

/**
 * A version 7 UUID (RFC 9562): sorts by time, so new rows land together in an index. Of the 10
 * random bytes 74 bits are used. Faults: a negative time, one past 48 bits, or another count of
 * bytes.
 */
export function uuidV7(unixMs: number, random: Uint8Array): Uuid {
  assert(Number.isInteger(unixMs) && unixMs >= 0 && unixMs < 2 ** 48, 'the time fits 48 bits')
  assert(random.length === 10, 'a uuid takes 10 random bytes')
  const at = (index: number): number => random[index] ?? 0
  // Written out, because every row of every batch has one: pieces put together cost twice the time, and stay in memory.
  const digits = String.fromCharCode(
    low(at(0)),
    high(at(1)),
    low(at(1)),
    HYPHEN,
    low(0x8 | ((at(2) >>> 4) & 0x3)),
    low(at(2)),
    high(at(3)),
    low(at(3)),
    HYPHEN,
    high(at(4)),
    low(at(4)),
    high(at(5)),
    low(at(5)),
    high(at(6)),
    low(at(6)),
    high(at(7)),
    low(at(7)),
    high(at(8)),
    low(at(8)),
    high(at(9)),
    low(at(9)),
  )
  return `${timeText(unixMs)}${digits}` as Uuid
}

/** "0189d1f2-3a4b-7", with the version: many ids are made in one millisecond, and its digits are the same for all of them. */
function timeText(unixMs: number): string {
  if (unixMs !== lastMs) {
    const digits = unixMs.toString(16).padStart(12, '0')
    lastMs = unixMs
    lastText = `${digits.slice(0, 8)}-${digits.slice(8)}-7`
  }
  return lastText
}

let lastMs = -1
let lastText = ''

const HYPHEN = '-'.charCodeAt(0)
const CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

/** The character code of a byte's higher hex digit. */
function high(byte: number): number {
  return CODES[byte >>> 4] ?? 0
}

/** The same of the lower one. */
function low(byte: number): number {
  return CODES[byte & 0xf] ?? 0
}

/** When a version 7 UUID was made: epoch milliseconds of the clock that made it. */
export function uuidTimeMs(uuid: Uuid): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}
