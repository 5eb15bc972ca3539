import { createHmac } from 'node:crypto'
import { constantTimeEqual } from '../crypto/index.ts'

/** Whether a header is HTTP Basic with this pair. A password may have colons; a user may not. */
export function isBasicPair(
  header: string | undefined,
  pair: { readonly user: string; readonly password: string },
): boolean {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined || pair.user === '' || pair.password === '') return false
  const given = Buffer.from(encoded, 'base64').toString('utf8')
  return constantTimeEqual(given, `${pair.user}:${pair.password}`)
}

/** Lower-case hex of a keyed hash over a text. */
export function hmacHex(
  algorithm: 'sha256' | 'sha1',
  key: string | Uint8Array,
  text: string,
): string {
  return createHmac(algorithm, key).update(text).digest('hex')
}

/** Whether one of the given digests is the expected one; compared without telling where they differ. */
export function isOneOf(expected: string, given: readonly string[]): boolean {
  return given.filter((digest) => constantTimeEqual(digest.toLowerCase(), expected)).length > 0
}

/** A scheme such as `t=1700000000,v1=…,v1=…`, by name. */
export function readSignatureHeader(header: string | undefined): ReadonlyMap<string, string[]> {
  const parts = new Map<string, string[]>()
  for (const part of (header ?? '').split(',')) {
    const [name = '', ...rest] = part.trim().split('=')
    const values = parts.get(name) ?? []
    values.push(rest.join('='))
    parts.set(name, values)
  }
  return parts
}
