export { fromDecimalAmount, toDecimalAmount } from './decimal-amount.ts'
export { fromVendorAmount, toVendorAmount } from './vendor-amount.ts'
