export { ID_PREFIX, type IdKind } from './id-prefix.ts'
export { decodeId, encodeId } from './type-id.ts'
export { type Uuid, isUuid, uuidOfHex, uuidTimeMs, uuidV7 } from './uuid.ts'
