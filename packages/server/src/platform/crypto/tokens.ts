import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 64 lower-case hex digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `prefix` and then `byteCount` unpredictable bytes in letters and digits, always of one length. */
export function randomToken(prefix: string, byteCount: number): string {
  let rest = BigInt(`0x${randomBytes(byteCount).toString('hex')}`)
  const length = Math.ceil((byteCount * 8) / Math.log2(62))
  let text = ''
  for (let index = 0; index < length; index += 1) {
    text = BASE62.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  return prefix + text
}

/** Compares two secrets in a time that tells nothing about where, or in which length, they differ. */
export function constantTimeEqual(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}
