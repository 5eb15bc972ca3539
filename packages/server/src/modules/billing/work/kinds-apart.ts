import { messageOf } from '@perennial/core/fault'
import { DatabaseOutage } from '../../../platform/db/index.ts'
import type { DueWindow } from './due-window.ts'

/** Kinds of due work of one account of which none keeps another from being done. */
export type KindsApart = {
  /** Does one; its fault is kept for `finish`. */
  run(work: () => Promise<unknown>): Promise<void>
  /** Throws what faulted. */
  finish(): void
}

/**
 * A row that faults whenever it is looked at would stop its kind of work and all that come after it, each second for ever.
 * So by the real clock each kind stands alone. Without the database none can be done: an outage is thrown at once. A test clock
 * stays where something faults.
 */
export function keepKindsApart({ decideAt }: Pick<DueWindow, 'decideAt'>): KindsApart {
  const faults: unknown[] = []
  return {
    run: async (work) => {
      try {
        await work()
      } catch (error) {
        if (decideAt === 'due' || error instanceof DatabaseOutage) throw error
        faults.push(error)
      }
    },
    finish: () => {
      if (faults.length === 1) throw faults[0]
      const reasons = faults.map((fault) => messageOf(fault))
      if (faults.length > 1) throw new AggregateError(faults, reasons.join('; '))
    },
  }
}
