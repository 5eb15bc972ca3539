export { Fault, assert, assertNever, messageOf } from './fault.ts'
