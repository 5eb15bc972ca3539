export { type RunningWorld, type WorldOptions, startWorld } from './http/start-world.ts'
export type { Attempt, Judgement, Outcome } from './judging/attempt.ts'
export { type Card, type CardFace, cardFaceAt, drawCard } from './judging/card.ts'
export type { Decline } from './judging/decline-codes.ts'
export { judge, judgeAuthenticated } from './judging/judge.ts'
export { type CardMemory, emptyMemory } from './judging/memory.ts'
export { type Loading, type World, loadWorld, versionAt } from './judging/world.ts'
export { runWorldCommand } from './run-world-command.ts'
export type { Problem } from './world-file/problem.ts'
export { readWorldFile } from './world-file/read-world-file.ts'
export {
  type Figures,
  type Policy,
  type SimulationReport,
  type SimulationRequest,
  describePolicy,
  parsePolicy,
  simulateRecovery,
} from './simulation/index.ts'
