export { openHttpLine, type HttpAnswer, type HttpLine } from './http-line.ts'
export { assertReachable, connectOptions } from './guard.ts'
export { causeOf } from './silence.ts'
