export {
  readBoolean,
  readList,
  readNumber,
  readRecord,
  readText,
  type JsonRecord,
} from './read-json.ts'
export { readXml } from './read-xml.ts'
