export { insertTransfers, listTransfers } from './queries.ts'
