export { Fault, assert, assertNever } from './fault.ts'
