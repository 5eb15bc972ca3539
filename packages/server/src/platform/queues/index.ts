export { dueShares } from './queries.ts'
