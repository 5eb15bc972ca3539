export { stripeVendor } from './stripe-vendor.ts'
