export { describePolicy, parsePolicy, type Policy } from './policy.ts'
export { simulateRecovery } from './simulate-recovery.ts'
export type { SimulationRequest } from './simulation.ts'
export type { Figures, SimulationReport } from './tally.ts'
