import type { ApiModule } from '../../platform/http/index.ts'
import { shippingProfileRoutes } from './profile-routes.ts'
import { addShipmentRoutes, answerWithShipment } from './shipment-routes.ts'

export const shippingRoutes: ApiModule = (app, deps) => {
  deps.loaders.register('shipment', answerWithShipment)
  shippingProfileRoutes(app, deps)
  addShipmentRoutes(app)
}
