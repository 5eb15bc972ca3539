export { revolv3Routes } from './routes.ts'
export { revolv3SettingsRoutes } from './settings-routes.ts'
export { deliverRevolv3, startRevolv3Worker } from './webhooks/deliver.ts'
export { signatureOf } from './webhooks/sign.ts'
