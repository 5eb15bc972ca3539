export { dueShares, firstOfAccounts, lockDue } from './queries.ts'
