export { braintree } from './braintree.ts'
