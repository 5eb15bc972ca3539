export { stripeBilling } from './stripe-billing.ts'
