export { guardedLookup, PRIVATE, type Resolve } from './guarded-lookup.ts'
export { isReachable } from './is-reachable.ts'
