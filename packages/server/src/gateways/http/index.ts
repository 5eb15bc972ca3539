export { openHttpLine, type HttpAnswer, type HttpLine } from './http-line.ts'
export { assertReachable, HTTP_1, openConnector } from './guard.ts'
export { causeOf, silentCharge } from './silence.ts'
