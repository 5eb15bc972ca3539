import { MS_PER_HOUR } from '../../time/index.ts'

/** What is due within this is due now: the planner's grid is an hour. */
export const DUE_NOW_MS = MS_PER_HOUR
/** How often what has been learned meanwhile may move one try that is due. */
export const MOVES_MAX = 8
