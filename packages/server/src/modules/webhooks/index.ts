export { listEvents, type EventRow } from './queries.ts'
export { eventsRoutes } from './routes.ts'
