/**
 * Chance without a generator: a draw is the hash of everything it depends on, so it can be repeated
 * at any time and in any order. The mixing steps and their constants are those of MurmurHash3 (32
 * bits), which is in the public domain.
 */

/** Adds one 32-bit word to a hash under way. */
export function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const h = hash ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

/** Adds a whole number of up to 53 bits: an amount, a seed, an instant. */
export function mixInteger(hash: number, integer: number): number {
  return mixWord(mixWord(hash, integer | 0), Math.floor(integer / 0x1_0000_0000) | 0)
}

export function mixText(hash: number, text: string): number {
  let mixed = mixWord(hash, text.length)
  for (let i = 0; i < text.length; i += 1) mixed = mixWord(mixed, text.charCodeAt(i))
  return mixed
}

/** Spreads the bits of a finished hash; every bit of the result depends on every word. */
export function finishHash(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
