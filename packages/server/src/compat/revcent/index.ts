export { revcentRoutes } from './routes.ts'
export { revcentSettingsRoutes } from './settings-routes.ts'
