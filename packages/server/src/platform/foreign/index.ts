export {
  parseJson,
  readBoolean,
  readList,
  readNumber,
  readRecord,
  readText,
  readWritten,
  type JsonRecord,
} from './read-json.ts'
export { readXml } from './read-xml.ts'
export { hmacHex, isBasicPair, isOneOf, readSignatureHeader } from './verify-delivery.ts'
