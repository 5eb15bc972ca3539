export { addProfile, archiveAllLocked, archiveLocked, checkFields } from './change-profiles.ts'
export { profileErrors } from './errors.ts'
export type { ProfileFields, SubscriptionProfile } from './profile.ts'
export {
  findProfile,
  findProfiles,
  listOwnProfiles,
  lockProfile,
  lockProfiles,
  lockProfileShared,
  lockProfilesShared,
} from './queries.ts'
export { subscriptionProfilesRoutes } from './routes.ts'
export { toWireFrequency } from './wire.ts'
export { CustomProfileBody, toProfileChange } from './schemas.ts'
