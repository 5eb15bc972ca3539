import { allLanes } from '../../../platform/loop/index.ts'
import type { DueWindow } from './due-window.ts'

/** What gateways are asked about while other work goes on. */
export type SideWork = {
  /** Back at once by the real clock; where a test clock passes over days, when the work is done. */
  begin(work: () => Promise<void>): Promise<void>
  /** Waits for the rest; throws the first fault there was. */
  finish(): Promise<void>
}

/**
 * A gateway that takes ten seconds for each answer would hold up what is due at all the others. So by the real clock
 * nothing waits for what gateways are only asked about. On a test clock everything happens in its turn, each time alike.
 */
export function createSideWork({ decideAt }: Pick<DueWindow, 'decideAt'>): SideWork {
  const begun: Promise<void>[] = []
  return {
    begin: async (work) => {
      if (decideAt === 'due') return work()
      const running = work()
      // The fault is met again by `finish`; until then nobody waits for it.
      running.catch(() => undefined)
      begun.push(running)
    },
    finish: () => allLanes(begun),
  }
}
