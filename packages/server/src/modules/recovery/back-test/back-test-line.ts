import type { Uuid } from '@perennial/core/ids'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { createSlots } from '../../../platform/loop/index.ts'

export type LineBounds = {
  readonly atOnce: number
  /** Under way and waiting, of one account. */
  readonly ofAccountMax: number
  /** Under way and waiting, of all. */
  readonly max: number
}

/** Each takes a processor for seconds, and some 40 MB. */
const BOUNDS: LineBounds = { atOnce: 2, ofAccountMax: 2, max: 20 }
const RETRY_AFTER_SECONDS = 10

/** Where the back-tests of a process wait for their turn, first come, first served. */
export type BackTestLine = {
  /** Refuses with 429 who has enough in it, and everybody once it is full. */
  run<T>(accountId: Uuid, work: () => Promise<T>): Promise<T>
}

export function createBackTestLine(bounds: LineBounds = BOUNDS): BackTestLine {
  const slots = createSlots(bounds.atOnce)
  const ofAccounts = new Map<Uuid, number>()
  let all = 0
  const count = (accountId: Uuid, change: 1 | -1): void => {
    all += change
    const own = (ofAccounts.get(accountId) ?? 0) + change
    if (own === 0) ofAccounts.delete(accountId)
    else ofAccounts.set(accountId, own)
  }
  return {
    run: async (accountId, work) => {
      if ((ofAccounts.get(accountId) ?? 0) >= bounds.ofAccountMax)
        throw ApiRefusal.tooMany(
          `${bounds.ofAccountMax} back-tests of this account are under way.`,
          RETRY_AFTER_SECONDS,
        )
      if (all >= bounds.max)
        throw ApiRefusal.tooMany('Too many back-tests are under way.', RETRY_AFTER_SECONDS)
      count(accountId, 1)
      try {
        return await slots.run(work)
      } finally {
        count(accountId, -1)
      }
    },
  }
}
