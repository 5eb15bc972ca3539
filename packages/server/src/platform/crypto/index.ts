export { hashPassword, verifyPassword } from './passwords.ts'
export { createKeyRing, seal, unseal, type KeyRing } from './seal.ts'
export { constantTimeEqual, randomToken, sha256Hex } from './tokens.ts'
