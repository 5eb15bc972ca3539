export { createFindApiKey, getAccount, hasAccounts, toAccountContext } from './account.ts'
export { createApiKey } from './api-keys.ts'
export { type AccountRequest, type CreatedAccount, createAccount } from './create-account.ts'
export { createFaceCredentials, type FaceCredentials } from './face-credentials.ts'
export {
  type AccountRow,
  findAccount,
  isTimeZoneOfDatabase,
  listAccounts,
  listUnfinishedDemos,
  lockFirstStart,
  mergeSettings,
} from './queries.ts'
export {
  addRecoveryClient,
  CREDENTIAL_NAMES,
  type CredentialName,
  type RecoveryCredentials,
  rotateCredentials,
} from './recovery-client.ts'
export { accountsRoutes } from './routes.ts'
export { toWireMintedKey } from './schemas.ts'
export { toAccountSettings } from './settings.ts'
