export { recurly } from './recurly.ts'
