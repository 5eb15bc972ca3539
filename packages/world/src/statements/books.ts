import type { World } from '../judging/world.ts'
import { type Scope, type State, scopeKey } from '../vault/state.ts'
import { type Timeline, makeTimeline } from '../vault/timeline.ts'

/** What statements are drawn up from. */
export interface Books {
  readonly world: World
  readonly state: State
}

/** The scope's timeline; an empty one where nothing has happened. */
export function timelineOf({ state }: Books, scope: Scope): Timeline {
  return state.timelines.get(scopeKey(scope)) ?? makeTimeline()
}
