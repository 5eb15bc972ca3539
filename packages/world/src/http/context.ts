import type { Courier } from '../delivery/courier.ts'
import type { World } from '../judging/world.ts'
import { applyEntry } from '../vault/apply-entry.ts'
import type { Journal } from '../vault/journal.ts'
import type { Entry, State } from '../vault/state.ts'

export type IdPrefix = 'ch' | 're' | 'dp' | 'we' | 'seti' | 'cus' | 'file'

export interface Fault {
  readonly kind: 'down' | 'silent' | 'nonsense' | 'slow'
  readonly waitMs: number
}

/**
 * What routes work on. Calls are handled one after another, so a route sees and leaves whole
 * states.
 */
export interface Context {
  readonly world: World
  readonly state: State
  readonly journal: Journal
  readonly makeId: (prefix: IdPrefix) => string
  readonly courier: Courier
  /** By scope: how a gateway was asked to fail. Forgotten at the end of the process. */
  readonly faults: Map<string, Fault>
  /** Real time: of callers that show no other, and of signatures. */
  readonly now: () => number
}

/** Written first, then true: what was answered for is never forgotten. */
export function record(context: Context, entry: Entry): void {
  context.journal.append(entry)
  applyEntry(context.state, entry)
}
