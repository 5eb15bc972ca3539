import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

import { assert, Fault } from '@perennial/core/fault'

import { sha256Hex } from './tokens.ts'

/** Seals with the newest key, unseals with any. */
export type KeyRing = {
  readonly newestId: string
  readonly keyById: ReadonlyMap<string, Uint8Array>
}

/** `secretKey`: one or more texts of 32 characters or more, separated by commas, the newest first. */
export function createKeyRing(secretKey: string): KeyRing {
  const secrets = secretKey.split(',')
  assert(
    secrets.every((secret) => secret.length >= 32),
    'a secret key has at least 32 characters',
  )
  const keys = secrets.map((secret) => {
    const key = new Uint8Array(hkdfSync('sha256', secret, '', 'perennial seal 1', 32))
    return [sha256Hex(key).slice(0, 8), key] as const
  })
  return { newestId: keys[0]?.[0] ?? '', keyById: new Map(keys) }
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM: `1.<key id>.<base64url of nonce, tag and text>`. `boundTo` names the place the secret
 * belongs to, such as its row's id: moved to another row it does not open.
 */
export function seal(
  ring: KeyRing,
  secret: { readonly text: string; readonly boundTo: string },
): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyOf(ring, ring.newestId), nonce, {
    authTagLength: TAG_BYTES,
  })
  cipher.setAAD(Buffer.from(secret.boundTo))
  const body = Buffer.concat([cipher.update(secret.text, 'utf8'), cipher.final()])
  const packed = Buffer.concat([nonce, cipher.getAuthTag(), body])
  return `1.${ring.newestId}.${packed.toString('base64url')}`
}

/** Faults when the key is not on the ring, or the text was changed or sealed for another place. */
export function unseal(
  ring: KeyRing,
  sealed: { readonly text: string; readonly boundTo: string },
): string {
  const [version, keyId = '', body = ''] = sealed.text.split('.')
  assert(version === '1', 'the sealed text is of a known version')
  const packed = Buffer.from(body, 'base64url')
  assert(packed.length >= NONCE_BYTES + TAG_BYTES, 'the sealed text is whole')
  const nonce = packed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(ring, keyId), nonce, {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(sealed.boundTo))
  decipher.setAuthTag(packed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const text = decipher.update(packed.subarray(NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch (error) {
    throw new Fault('the sealed text is unchanged and in its place', { cause: error })
  }
}

function keyOf(ring: KeyRing, id: string): Uint8Array {
  const key = ring.keyById.get(id)
  assert(key !== undefined, `the key ${id} is on the ring: add the older SECRET_KEY after a comma`)
  return key
}
