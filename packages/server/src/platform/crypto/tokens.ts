import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 64 lower-case hex digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A byte below this stands for each of the 62 characters equally often: 4 times. */
const FAIR_BYTE_END = 248

const SPARE_BYTES = 8

/** `prefix` and then letters and digits as hard to guess as `byteCount` random bytes, always of one length. */
export function randomToken(prefix: string, byteCount: number): string {
  const length = prefix.length + Math.ceil((byteCount * 8) / Math.log2(62))
  let text = prefix
  while (text.length < length) {
    // A few more than are missing, because some will not do, and asking again costs more than they do.
    for (const byte of takeRandom(length - text.length + SPARE_BYTES)) {
      if (byte < FAIR_BYTE_END && text.length < length) text += BASE62.charAt(byte % 62)
    }
  }
  return text
}

/** Every call to the operating system's source costs as much as a token: it is asked for many at a time. */
const POOL_BYTES = 4096
let pool: Uint8Array = new Uint8Array(0)
let poolAt = 0

/** Unpredictable bytes that nobody has had, nor will have. */
function takeRandom(byteCount: number): Uint8Array {
  if (poolAt + byteCount > pool.length) {
    pool = randomBytes(Math.max(POOL_BYTES, byteCount))
    poolAt = 0
  }
  poolAt += byteCount
  return pool.subarray(poolAt - byteCount, poolAt)
}

/** Compares two secrets in a time that tells nothing about where, or in which length, they differ. */
export function constantTimeEqual(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}
