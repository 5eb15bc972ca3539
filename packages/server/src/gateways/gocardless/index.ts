export { gocardlessVendor } from './gocardless-vendor.ts'
