export { findShipping, type FoundShipping, type ShippingTerms } from './find-shipping.ts'
export {
  changeShipment,
  type Shipment,
  type ShipmentChange,
  type ShipmentStatus,
} from './shipment.ts'
export type { ShippingProfile, ShippingRate } from './shipping-profile.ts'
