import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  constantTimeEqual,
  createKeyRing,
  hashPassword,
  randomToken,
  seal,
  sha256Hex,
  unseal,
  verifyPassword,
} from './index.ts'

const OLD = 'old-key-of-more-than-thirty-two-characters'
const NEW = 'new-key-of-more-than-thirty-two-characters'
const boundTo = 'gateways/0190a6b2'

test('sha256Hex gives the known digest of "abc" (FIPS 180-4)', () => {
  assert.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('a token has its prefix, one length, letters and digits only, and is never the same', () => {
  const tokens = Array.from({ length: 200 }, () => randomToken('rk_live_', 24))
  assert.equal(new Set(tokens).size, 200)
  for (const token of tokens) assert.match(token, /^rk_live_[0-9A-Za-z]{33}$/)
})

test('constantTimeEqual tells equal from different, whatever the lengths', () => {
  assert.equal(constantTimeEqual('secret', 'secret'), true)
  assert.equal(constantTimeEqual('secret', 'secreT'), false)
  assert.equal(constantTimeEqual('secret', 'secret2'), false)
  assert.equal(constantTimeEqual('', ''), true)
})

test('what was sealed comes back, and does not look like itself in between', () => {
  const ring = createKeyRing(NEW)
  const sealed = seal(ring, { text: 'sk_live_ä€', boundTo })
  assert.ok(!sealed.includes('sk_live'))
  assert.equal(unseal(ring, { text: sealed, boundTo }), 'sk_live_ä€')
  assert.notEqual(seal(ring, { text: 'sk_live_ä€', boundTo }), sealed)
})

test('after a change of keys, old secrets still open and new ones use the new key', () => {
  const sealed = seal(createKeyRing(OLD), { text: 'secret', boundTo })
  const rotated = createKeyRing(`${NEW},${OLD}`)
  assert.equal(unseal(rotated, { text: sealed, boundTo }), 'secret')
  const again = seal(rotated, { text: 'secret', boundTo })
  assert.equal(unseal(createKeyRing(NEW), { text: again, boundTo }), 'secret')
})

test('a secret does not open in another place, with another key, or after a change', () => {
  const ring = createKeyRing(NEW)
  const text = seal(ring, { text: 'secret', boundTo })
  const [version, keyId, body = ''] = text.split('.')
  const changed = `${body.slice(0, -1)}${body.endsWith('A') ? 'Q' : 'A'}`
  assert.throws(
    () => unseal(ring, { text, boundTo: 'gateways/other' }),
    /unchanged and in its place/,
  )
  assert.throws(() => unseal(createKeyRing(OLD), { text, boundTo }), /is on the ring/)
  assert.throws(
    () => unseal(ring, { text: `${version}.${keyId}.${changed}`, boundTo }),
    /unchanged/,
  )
  assert.throws(() => unseal(ring, { text: `${version}.${keyId}.AAAA`, boundTo }), /is whole/)
})

test('a password is recognised by its hash, and another one is not', async () => {
  const hash = await hashPassword('correct horse')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal(await verifyPassword({ hash, password: 'correct horse' }), true)
  assert.equal(await verifyPassword({ hash, password: 'wrong horse' }), false)
})
