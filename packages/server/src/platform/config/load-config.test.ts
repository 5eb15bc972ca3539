import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'

import { ConfigError, loadConfig } from './index.ts'

test('an empty environment gives the documented defaults', () => {
  assert.deepEqual(loadConfig({}), {
    port: 4242,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:4242',
    dataDir: resolve('data'),
    databaseUrl: null,
    secretKey: null,
    roles: new Set(['api', 'worker']),
    demo: true,
    worldUrl: null,
    privateTargets: ['127.0.0.0/8', '::1/128'],
    trustProxy: null,
    smtpUrl: null,
    mailFrom: 'billing@localhost',
    rateLimit: { perMinute: 1000, burst: 2000 },
    logLevel: 'info',
  })
})

test('a variable that is set to nothing counts as unset', () => {
  assert.equal(loadConfig({ PORT: ' ', DATABASE_URL: '' }).port, 4242)
  assert.equal(loadConfig({ PORT: ' ', DATABASE_URL: '' }).databaseUrl, null)
})

const accepted = [
  ['PORT', '0', { port: 0, publicUrl: 'http://localhost:0' }],
  ['PORT', '8080', { port: 8080, publicUrl: 'http://localhost:8080' }],
  ['PUBLIC_URL', 'https://pay.example.com/', { publicUrl: 'https://pay.example.com' }],
  ['PUBLIC_URL', 'https://pay.example.com', { mailFrom: 'billing@pay.example.com' }],
  ['MAIL_FROM', 'invoices@acme.example', { mailFrom: 'invoices@acme.example' }],
  ['HOST', '0.0.0.0', { privateTargets: [] }],
  ['HOST', 'localhost', { privateTargets: ['127.0.0.0/8', '::1/128'] }],
  ['PRIVATE_TARGETS', '10.0.0.0/8, fd00::/8', { privateTargets: ['10.0.0.0/8', 'fd00::/8'] }],
  ['PRIVATE_TARGETS', 'none', { privateTargets: [] }],
  ['TRUST_PROXY', '2', { trustProxy: 2 }],
  ['TRUST_PROXY', '10.0.0.5, fd00::/8', { trustProxy: ['10.0.0.5', 'fd00::/8'] }],
  ['TRUST_PROXY', 'none', { trustProxy: null }],
  ['ROLES', 'worker', { roles: new Set(['worker']) }],
  ['DEMO', '0', { demo: false }],
  ['RATE_LIMIT', 'off', { rateLimit: null }],
  ['RATE_LIMIT', '60, 90', { rateLimit: { perMinute: 60, burst: 90 } }],
  ['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
] as const

for (const [name, value, expected] of accepted) {
  test(`${name}=${value} is understood`, () => {
    assert.partialDeepStrictEqual(loadConfig({ [name]: value }), expected)
  })
}

const refused = [
  ['PORT', 'http', 'PORT is "http": give a port from 0 to 65535, such as 4242.'],
  ['PORT', '70000', 'PORT is "70000": give a port from 0 to 65535, such as 4242.'],
  ['PUBLIC_URL', 'billing.example.com', /^PUBLIC_URL is "billing\.example\.com": give an http/],
  ['DATABASE_URL', 'mysql://me:hunter2@db/x', /^DATABASE_URL is not usable/],
  ['SECRET_KEY', 'short', /^SECRET_KEY is not usable .* at least 32 characters/],
  ['ROLES', 'api,web', 'ROLES is "api,web": give api, worker, or api,worker.'],
  ['DEMO', 'yes', /^DEMO is "yes": give 1/],
  ['WORLD_URL', 'ftp://world', /^WORLD_URL is "ftp:\/\/world"/],
  ['PRIVATE_TARGETS', '10.0.0.0/33', /^PRIVATE_TARGETS is "10\.0\.0\.0\/33": give address ranges/],
  ['PRIVATE_TARGETS', '10.0.0.1', /^PRIVATE_TARGETS is/],
  ['TRUST_PROXY', 'true', /^TRUST_PROXY is "true": give the addresses of your proxies/],
  ['TRUST_PROXY', '0', /^TRUST_PROXY is/],
  ['TRUST_PROXY', '10', /^TRUST_PROXY is/],
  ['TRUST_PROXY', '10.0.0.0/33', /^TRUST_PROXY is/],
  ['TRUST_PROXY', '10.0.0.5,10.0.0', /^TRUST_PROXY is/],
  ['RATE_LIMIT', '1000', /^RATE_LIMIT is "1000": give requests per minute and burst/],
  ['SMTP_URL', 'mail.example.com', /^SMTP_URL is not usable/],
  ['MAIL_FROM', 'acme.example', /^MAIL_FROM is "acme\.example": give one address alone/],
  ['MAIL_FROM', 'Acme <billing@acme.example>', /^MAIL_FROM is/],
  ['LOG_LEVEL', 'loud', /^LOG_LEVEL is "loud": give fatal/],
] as const

for (const [name, value, message] of refused) {
  test(`${name}=${value} stops the start with a sentence that says so`, () => {
    assert.throws(
      () => loadConfig({ [name]: value }),
      (error) => {
        assert.ok(error instanceof ConfigError)
        if (typeof message === 'string') assert.equal(error.message, message)
        else assert.match(error.message, message)
        return true
      },
    )
  })
}

test('a refused secret is never repeated', () => {
  assert.throws(
    () => loadConfig({ DATABASE_URL: 'mysql://me:hunter2@db/x' }),
    (error) => error instanceof ConfigError && !error.message.includes('hunter2'),
  )
})
