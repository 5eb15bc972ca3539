import { uuidV7, type Uuid } from '@perennial/core/ids'

import type { Clock } from '../clock/index.ts'

export type Ids = {
  /** A version 7 UUID that sorts after every one given out before. */
  next(): Uuid
  /** As many in one go, in order. */
  nextMany(count: number): Uuid[]
}

/** The 18 bits after the time count up within a millisecond, so that order of making is order of sorting. */
const COUNTER_END = 2 ** 18
const BYTES_PER_ID = 10
const POOL_BYTES = BYTES_PER_ID * 512

/**
 * Ids by real time, strictly ascending within this process even when the clock steps back; 56 random bits
 * keep those of other processes apart. `random` gives that many unpredictable bytes.
 */
export function createIds(source: {
  readonly clock: Pick<Clock, 'now'>
  readonly random: (byteCount: number) => Uint8Array
}): Ids {
  let lastMs = 0
  let counter = 0
  let pool: Uint8Array = new Uint8Array(0)
  let poolAt = 0

  const takeBytes = (): Uint8Array => {
    if (poolAt + BYTES_PER_ID > pool.length) {
      pool = source.random(POOL_BYTES)
      poolAt = 0
    }
    poolAt += BYTES_PER_ID
    return pool.subarray(poolAt - BYTES_PER_ID, poolAt)
  }

  const nextAt = (nowMs: number): Uuid => {
    const bytes = takeBytes()
    counter += 1
    if (nowMs > lastMs || counter >= COUNTER_END) {
      // Over 131,072 ids in one millisecond borrow the next one.
      lastMs = Math.max(nowMs, lastMs + 1)
      counter = (((bytes[0] ?? 0) << 10) | ((bytes[1] ?? 0) << 2)) & (COUNTER_END / 2 - 1)
    }
    bytes[0] = counter >>> 14
    bytes[1] = (counter >>> 6) & 0xff
    bytes[2] = counter & 0x3f
    return uuidV7(lastMs, bytes)
  }

  return {
    next: () => nextAt(source.clock.now()),
    nextMany: (count) => {
      const nowMs = source.clock.now()
      return Array.from({ length: count }, () => nextAt(nowMs))
    },
  }
}
