import { ID_PREFIX, type IdKind } from './id-prefix.ts'
import { type Uuid, isUuid, uuidOfHex } from './uuid.ts'

/** Crockford's base 32 without i, l, o and u, as the TypeID specification 0.3 fixes it. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const HEX = '0123456789abcdef'
const VALUE_OF_CODE: ReadonlyMap<string, number> = new Map(
  ALPHABET.split('').map((char, value): [string, number] => [char, value]),
)
const TYPE_ID = /^([a-z](?:[a-z_]{0,61}[a-z])?)_([0-7][0-9a-hjkmnp-tv-z]{25})$/

export type DecodedId =
  | { readonly kind: 'ok'; readonly id: Uuid }
  | { readonly kind: 'wrong_prefix'; readonly expected: string }
  | { readonly kind: 'malformed' }

/** "cus_01h455vb4pex5vsknk084sn02q". */
export function encodeId(kind: IdKind, uuid: Uuid): string {
  return `${ID_PREFIX[kind]}_${toBase32(uuid)}`
}

/**
 * Takes the prefixed form and a plain UUID. A well-formed id of another kind is `wrong_prefix`, so
 * that the answer can say what was expected.
 */
export function decodeId(kind: IdKind, text: string): DecodedId {
  const match = TYPE_ID.exec(text)
  if (match !== null) {
    const [, prefix = '', suffix = ''] = match
    const expected = ID_PREFIX[kind]
    return prefix === expected
      ? { kind: 'ok', id: fromBase32(suffix) }
      : { kind: 'wrong_prefix', expected }
  }
  const lower = text.toLowerCase()
  return isUuid(lower) ? { kind: 'ok', id: lower } : { kind: 'malformed' }
}

/** 26 characters hold 130 bits: the 128 of the UUID behind two zeros. */
function toBase32(uuid: Uuid): string {
  const hex =
    uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)
  // Two digits make the first pair of characters, every five after them two pairs.
  let text = pairOf(Number.parseInt(hex.slice(0, 2), 16))
  for (let at = 2; at < hex.length; at += 5) {
    const bits = Number.parseInt(hex.slice(at, at + 5), 16)
    text += pairOf(bits >>> 10) + pairOf(bits & 1023)
  }
  return text
}

/** The two characters of ten bits. */
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, bits) => ALPHABET.charAt(bits >>> 5) + ALPHABET.charAt(bits & 31),
)

function pairOf(tenBits: number): string {
  return PAIRS[tenBits] ?? ''
}

function fromBase32(suffix: string): Uuid {
  let hex = ''
  let buffer = 0
  let bits = -2
  for (const char of suffix) {
    buffer = (buffer << 5) | (VALUE_OF_CODE.get(char) ?? 0)
    bits += 5
    while (bits >= 4) {
      bits -= 4
      hex += HEX.charAt(buffer >>> bits)
      buffer &= (1 << bits) - 1
    }
  }
  return uuidOfHex(hex)
}
