export { revtainRoutes } from './routes.ts'
