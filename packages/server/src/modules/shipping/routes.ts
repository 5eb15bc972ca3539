import type { ApiModule } from '../../platform/http/index.ts'
import { readKept } from '../../platform/kept/index.ts'
import { addShippingProfileRoutes, shippingProfiles } from './profile-routes.ts'
import { toWireShippingProfile } from './profile-schemas.ts'
import { addShipmentRoutes, answerWithShipment } from './shipment-routes.ts'

export const shippingRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('shipping_profile', async (context, id) => {
    const row = await readKept(context, shippingProfiles, id)
    return row === null ? null : { data: toWireShippingProfile(row) }
  })
  loaders.register('shipment', answerWithShipment)
  addShippingProfileRoutes(app)
  addShipmentRoutes(app)
}
