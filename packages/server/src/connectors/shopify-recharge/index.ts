export { shopifyRecharge } from './shopify-recharge.ts'
