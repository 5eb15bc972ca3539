export { braintreeVendor } from './braintree-vendor.ts'
