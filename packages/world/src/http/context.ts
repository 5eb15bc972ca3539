import type { World } from '../judging/world.ts'
import type { Journal } from '../vault/journal.ts'
import { type Entry, type State, applyEntry } from '../vault/state.ts'

/**
 * What routes work on. Calls are handled one after another, so a route sees and leaves whole
 * states.
 */
export interface Context {
  readonly world: World
  readonly state: State
  readonly journal: Journal
  readonly makeId: (prefix: 'ch' | 're') => string
}

/** Written first, then true: what was answered for is never forgotten. */
export function record(context: Context, entry: Entry): void {
  context.journal.append(entry)
  applyEntry(context.state, entry)
}
