export { findDueCases, insertCases, listOpenCases, updateCases } from './queries.ts'
