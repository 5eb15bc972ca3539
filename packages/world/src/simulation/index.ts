export { parsePolicy, type Policy } from './policy.ts'
export {
  simulateRecovery,
  type SimulationReport,
  type SimulationRequest,
} from './simulate-recovery.ts'
export type { Figures } from './tally.ts'
