export { adyenVendor } from './adyen-vendor.ts'
