export { findSetupIntent } from '../queries/setup-intents.ts'
export { confirmSetupIntent } from './confirm-setup-intent.ts'
export { draftSetupIntent } from './draft-setup-intent.ts'
export { refreshSetupIntent, type SetupDeps } from './settle-setup-intent.ts'
