export { dueShares, lockDue } from './queries.ts'
