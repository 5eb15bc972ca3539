export { cancelShipments, insertShipments, resumeShipments } from './queries.ts'
export { shippingRoutes } from './routes.ts'
export { toShippingProfile } from './stored-profile.ts'
export { toWireShipment } from './wire.ts'
