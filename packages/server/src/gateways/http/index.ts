export { openHttpLine, type HttpAnswer, type HttpLine } from './http-line.ts'
export {
  readBoolean,
  readList,
  readNumber,
  readRecord,
  readText,
  type JsonRecord,
} from './read-json.ts'
export { causeOf } from './silence.ts'
