export { authnetVendor } from './authnet-vendor.ts'
