export { insertTransfers } from './queries.ts'
