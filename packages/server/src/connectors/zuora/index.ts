export { zuora } from './zuora.ts'
