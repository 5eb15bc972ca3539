/** Everything random of one seed, in the order in which it is asked for. */
export type Chance = {
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number
  happens(probability: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
  /** Null of an empty list. */
  pickFrom<T>(list: readonly T[]): T | null
}

/** The generator known as mulberry32: 32 bits of state are plenty for a few thousand draws. */
export function createChance(seed: number): Chance {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(next() * end)
  return {
    below,
    happens: (probability) => next() < probability,
    pick: (list) => list[below(list.length)] ?? list[0],
    pickFrom: (list) => list[below(list.length)] ?? null,
  }
}
