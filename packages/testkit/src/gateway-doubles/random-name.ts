import { randomBytes } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

/** A name as gateways make them: letters and digits of one case. */
export function randomName(length: number, letters: string = LETTERS): string {
  return [...randomBytes(length)].map((byte) => letters.charAt(byte % letters.length)).join('')
}
