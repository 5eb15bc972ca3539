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
  const [a = 0, b = 0, c = 0] = random
  const head = [0x70 | (a & 0x0f), b, 0x80 | (c & 0x3f)]
  const tail = [...head, ...random.subarray(3)].map((byte) => byte.toString(16).padStart(2, '0'))
  return uuidOfHex(unixMs.toString(16).padStart(12, '0') + tail.join(''))
}

/** When a version 7 UUID was made: epoch milliseconds of the clock that made it. */
export function uuidTimeMs(uuid: Uuid): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}
