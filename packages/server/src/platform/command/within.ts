import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '@perennial/core/fault'

// Handed along by the runtime, for a call to a gateway lies many functions below and none of them has a use for it.
const within = new AsyncLocalStorage<{ isOpen: boolean }>()

/** Marks everything that `fn` does until it ends as part of one transaction. */
export async function markWithin<T>(fn: () => Promise<T>): Promise<T> {
  // What `fn` started and did not wait for is free once the transaction has ended.
  const mark = { isOpen: true }
  try {
    return await within.run(mark, fn)
  } finally {
    mark.isOpen = false
  }
}

/**
 * Faults inside `asOne`. Whoever is called outside there is asked for something that no commit has recorded yet, under row
 * locks that its answer needs: money would move, and nobody would know of it.
 */
export function assertOutsideAsOne(): void {
  assert(within.getStore()?.isOpen !== true, 'nobody outside is called in the middle of asOne')
}
