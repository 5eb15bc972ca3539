import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Environment } from '../../platform/command/index.ts'
import { randomToken, sha256Hex } from '../../platform/crypto/index.ts'
import type { NewApiKey } from './queries.ts'

const SECRET_BYTES = 24
const HINT_LENGTH = 4

/** A new secret and the row that remembers it: its SHA-256, and its last four characters for people. */
export function mintApiKey(key: {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly environment: Environment
  /** What the secret begins with; `rk_<environment>_` when absent. */
  readonly prefix?: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: Instant
}): { readonly secret: string; readonly row: NewApiKey } {
  const { environment, prefix = `rk_${environment}_`, ...rest } = key
  const secret = randomToken(prefix, SECRET_BYTES)
  return {
    secret,
    row: { ...rest, secretHash: sha256Hex(secret), hint: secret.slice(-HINT_LENGTH) },
  }
}
