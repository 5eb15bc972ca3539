export {
  findClosedCase,
  findDueCases,
  insertCases,
  listInvoicesWithClosedCase,
  listOpenCases,
  updateCases,
} from './queries.ts'
export { recoveryClientsRoutes } from './outside/clients/client-routes.ts'
export type { RecoveryClient } from './outside/clients/client.ts'
export { findFaceClient, type FaceClient } from './outside/find-face-client.ts'
export { findOutside } from './outside/find-recovery.ts'
export { handOver, type HandOverAnswer, type HandOverRequest } from './outside/hand-over.ts'
export { logPulse } from './outside/log-pulse.ts'
export type { OutsideDeps } from './outside/outside-deps.ts'
export { findNextOutside } from './outside/queries/recoveries.ts'
export { resolveLostOutside, runDueOutside } from './outside/run-outside.ts'
export { SIMULATED_OUTCOMES, type SimulatedOutcome } from './outside/simulate-outside.ts'
export { deliverWebhooks, startWebhookWorker } from './outside/webhooks/deliver-webhooks.ts'
export { createCardLink } from './outside/links/create-link.ts'
export { openLink, replaceCard } from './outside/links/use-link.ts'
export { readMonth, readPastDue } from './outside/read-past-due.ts'
