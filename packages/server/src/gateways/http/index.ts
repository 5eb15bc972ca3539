export { openHttpLine, type HttpAnswer, type HttpLine } from './http-line.ts'
export { causeOf } from './silence.ts'
