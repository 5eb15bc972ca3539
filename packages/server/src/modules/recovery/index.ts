export {
  findCase,
  findClosedCase,
  findDueCases,
  findDueWork,
  findExtraTries,
  findUnplannedCases,
  insertCases,
  listCases,
  listInvoicesWithClosedCase,
  listOpenCases,
  updateCases,
  type DueCase,
} from './queries/cases.ts'
export { listSubscriptionsInRecovery, takeCardNews, wakeCases } from './queries/card-news.ts'
export { listCasePage } from './queries/case-lists.ts'
export { CASE_PAYMENTS } from './queries/case-payments.ts'
export { IS_EXPLORING, listDecisions, recordCaseDecisions } from './queries/decisions.ts'
export { reasonsOf, type DecisionRow } from './rows.ts'
export { plannerModelOf } from './learning/account-evidence.ts'
export { learnAttempts, unlessBroken } from './learning/learn-attempts.ts'
export { listOutages } from './queries/outages.ts'
export { listNarrowerChoices, planAnew, saveSubscriptionChoice } from './queries/policies.ts'
export {
  listCaseAttempts,
  listCaseTries,
  listGatewayCodes,
  listGatewayFees,
  listTryableMethods,
  type CaseAttempt,
  type TryableMethod,
} from './queries/tries.ts'
export {
  findDueSales,
  type DueSale,
  listFirstGateways,
  listSalvagePlans,
  lockSaleSalvage,
  moveSaleSalvage,
  scheduleSales,
} from './salvage-profiles/queries.ts'
export { salvageProfileRoutes } from './salvage-profiles/routes.ts'
export {
  PlatformSilence,
  type BillQuestion,
  type CallPlatform,
  type Collection,
  type Connector,
  type ConnectorCredentials,
  type NamedEvent,
  type PlatformAnswer,
  type PlatformBill,
  type PlatformFailure,
  type PlatformRequest,
} from './connectors/connector.ts'
export { notAccepted } from './connectors/not-accepted.ts'
export { recoveryBackTestRoutes } from './back-test/back-test-routes.ts'
export {
  BACK_TEST_DAYS,
  POLICIES_MAX,
  problemOfPeriod,
  readTestedPolicy,
  runBackTest,
  type OwnBackTest,
} from './back-test/run-back-test.ts'
export { notesOn, toWireBackTest } from './back-test/to-wire-back-test.ts'
export { recoveryConnectorsRoutes } from './connectors/connector-routes.ts'
export { connectorWebhookRoutes } from './connectors/webhook-routes.ts'
export { runConnectors, startConnectorWorker } from './connectors/run-connectors.ts'
export { handedOverRoutes } from './outside/handed-over/routes.ts'
export { recoveryClientsRoutes } from './outside/clients/client-routes.ts'
export { createClient } from './outside/clients/save-client.ts'
export { toWireNewClient } from './outside/clients/client.ts'
export type { RecoveryClient } from './outside/clients/client.ts'
export { finishOutsideChallenge, hearOutsideCharge } from './outside/finish-challenge.ts'
export {
  FaceClientChanged,
  findFaceClient,
  recallFaceClient,
  type RecalledClient,
} from './outside/find-face-client.ts'
export { findOutside } from './outside/find-recovery.ts'
export { handOver, type HandOverAnswer, type HandOverRequest } from './outside/hand-over.ts'
export { logPulse } from './outside/log-pulse.ts'
export type { OutsideDeps } from './outside/outside-deps.ts'
export { findNextOutside } from './outside/queries/recoveries.ts'
export type { Progress } from './outside/progress.ts'
export { resolveLostOutside, runDueOutside } from './outside/run-outside.ts'
export { SIMULATED_OUTCOMES, type SimulatedOutcome } from './outside/simulate-outside.ts'
export { checkTarget } from './outside/webhooks/check-target.ts'
export { deliverWebhooks, startWebhookWorker } from './outside/webhooks/deliver-webhooks.ts'
export { postWebhook } from './outside/webhooks/post-webhook.ts'
export { callOff } from './outside/call-off.ts'
export { createClientHost } from './outside/links/create-client-host.ts'
export { clientCardUrl } from './outside/links/client-card-url.ts'
export { createCardLink } from './outside/links/create-link.ts'
export { replaceCard } from './outside/links/use-link.ts'
export { readMonth, readPastDue, type PastDue } from './outside/read-past-due.ts'
