export { fromVendorAmount, toVendorAmount } from './vendor-amount.ts'
