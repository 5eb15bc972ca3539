export { checkoutVendor } from './checkout-vendor.ts'
