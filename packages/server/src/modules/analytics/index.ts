export { recoveryAnalyticsRoutes } from './recovery/routes.ts'
