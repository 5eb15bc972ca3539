import { parseCurrency } from '@perennial/core/money'
import { UTC } from '@perennial/core/time'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { createAccount, hasAccounts, toAccountSettings } from './index.ts'

let api: TestApi
before(async () => {
  api = await startTestApi([])
})
after(() => api.close())

test('an account comes with a live and a sandbox environment, and secrets that are stored as hashes only', async () => {
  const { live, sandbox, owner } = api.account
  assert.match(live.apiKey, /^rk_live_\w{30,}$/)
  assert.match(sandbox.apiKey, /^rk_sandbox_\w{30,}$/)
  assert.equal(await hasAccounts(api.database), true)
  const stored = await api.database.kysely.selectFrom('api_keys').selectAll().execute()
  const users = await api.database.kysely.selectFrom('users').selectAll().execute()
  for (const secret of [live.apiKey, sandbox.apiKey, owner.password]) {
    assert.ok(!JSON.stringify([stored, users]).includes(secret))
  }
})

test('a second owner with the same address is refused and leaves nothing behind', async () => {
  const currency = parseCurrency('EUR')
  assert.ok(currency !== null)
  const tables = ['merchants', 'accounts', 'users', 'api_keys'] as const
  const before = await Promise.all(tables.map((table) => api.count(table)))
  const decision = await createAccount(api, {
    name: 'Copy',
    ownerEmail: ' OWNER@example.com',
    ownerPassword: null,
    timezone: UTC,
    currency,
  })
  assert.deepEqual(decision, { kind: 'refused', code: 'email_taken' })
  assert.deepEqual(await Promise.all(tables.map((table) => api.count(table))), before)
})

test('the account tells its environment and the settings in force', async () => {
  const sandbox = await api.request('GET', '/account')
  assert.partialDeepStrictEqual(sandbox.at('data'), {
    object: 'account',
    environment: 'sandbox',
    currency: 'USD',
    timezone: 'UTC',
    clock_held_at: null,
    settings: {
      invoice_prefix: 'INV-',
      default_due_days: 30,
      dunning: { max_retry_attempts: 3, retry_schedule: [1, 3, 7], auto_cancel_unpaid: false },
    },
  })
  const live = await api.request('GET', '/account', { apiKey: api.account.live.apiKey })
  assert.equal(live.at('data.environment'), 'live')
})

test('stored settings win over defaults, part by part; settings of another form are a fault', () => {
  const settings = toAccountSettings({ invoicePrefix: 'A-', dunning: { retrySchedule: [2] } })
  assert.partialDeepStrictEqual(settings, {
    invoicePrefix: 'A-',
    defaultDueDays: 30,
    dunning: { retrySchedule: [2], gracePeriodDays: 7, emailEnabled: true },
  })
  assert.throws(() => toAccountSettings({ dunning: { retrySchedule: 'soon' } }), /form of settings/)
})

test('a business says how it shows itself to customers, and takes parts of it back', async () => {
  const change = (settings: object) => api.request('PATCH', '/account', { body: { settings } })
  const dressed = await change({
    brand: { display_name: 'Acme Coffee', color: '#6366f1', support_email: 'help@acme.test' },
    mail: {
      reply_to: 'billing@acme.test',
      language: 'de-AT',
      send_from_sandbox: true,
      send_receipts: true,
    },
  })
  assert.partialDeepStrictEqual(dressed.at('data.settings'), {
    brand: { display_name: 'Acme Coffee', color: '#6366f1', logo_url: null },
    mail: {
      from_name: null,
      reply_to: 'billing@acme.test',
      bcc: null,
      language: 'de-AT',
      send_from_sandbox: true,
      send_receipts: true,
    },
  })
  const plain = await change({ brand: { color: null } })
  assert.partialDeepStrictEqual(plain.at('data.settings.brand'), {
    display_name: 'Acme Coffee',
    color: null,
  })
  const wrong = [
    [{ brand: { color: 'blue' } }, 'settings.brand.color'],
    [{ brand: { logo_url: 'http://acme.test/logo.png' } }, 'settings.brand.logo_url'],
    [{ mail: { from_name: 'Acme\nBcc: everybody' } }, 'settings.mail.from_name'],
    [{ mail: { bcc: 'nobody' } }, 'settings.mail.bcc'],
    [{ mail: { language: 'German!' } }, 'settings.mail.language'],
  ] as const
  for (const [settings, param] of wrong) {
    const refused = await change(settings)
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), param)
  }
})

test('a business says how often its acquirer lets a Visa card be tried, beside its policy', async () => {
  const { apiKey } = (await api.createOtherAccount()).sandbox
  const change = (recovery: object) =>
    api.request('PATCH', '/account', { apiKey, body: { settings: { recovery } } })
  const named = await change({ policy: 'ladder' })
  assert.equal(named.at('data.settings.recovery.visa_attempts_max'), 15)
  const more = await change({ visa_attempts_max: 20 })
  assert.partialDeepStrictEqual(more.at('data.settings.recovery'), {
    policy: 'ladder',
    visa_attempts_max: 20,
  })
  const kept = await change({ policy: 'planner' })
  assert.equal(kept.at('data.settings.recovery.visa_attempts_max'), 20)
  const wrong = [
    [{ visa_attempts_max: 14 }, 'visa_attempts_max'],
    [{ visa_attempts_max: 21 }, 'visa_attempts_max'],
    [{ visa_attempts_max: 17.5 }, 'visa_attempts_max'],
    [{ retry_days: [1] }, 'policy'],
  ] as const
  for (const [recovery, field] of wrong) {
    const refused = await change(recovery)
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), `settings.recovery.${field}`)
  }
})

test('a business sets its time zone, its currency and its name, each alone or with settings', async () => {
  const { apiKey } = (await api.createOtherAccount()).sandbox
  const change = (body: object) => api.request('PATCH', '/account', { apiKey, body })
  const all = { timezone: 'europe/berlin', currency: 'eur', name: ' Acme GmbH ' }
  const changed = await change({ ...all, settings: { default_due_days: 14 } })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  const shown = { timezone: 'Europe/Berlin', currency: 'EUR', name: 'Acme GmbH' }
  const settings = { default_due_days: 14, invoice_prefix: 'INV-' }
  assert.partialDeepStrictEqual(changed.at('data'), { ...shown, settings })
  assert.partialDeepStrictEqual((await change({})).at('data'), { ...shown, settings })
  const moved = await change({ timezone: 'Asia/Tokyo' })
  assert.partialDeepStrictEqual(moved.at('data'), { ...shown, timezone: 'Asia/Tokyo' })
  assert.equal((await api.request('GET', '/account')).at('data.timezone'), 'UTC')
})

const badChanges: readonly (readonly [body: object, param: string])[] = [
  [{ timezone: 'Europe/Bonn' }, 'timezone'],
  [{ timezone: '+02:00' }, 'timezone'],
  [{ timezone: null }, 'timezone'],
  [{ currency: 'XXZ' }, 'currency'],
  [{ name: '  ' }, 'name'],
  [{ time_zone: 'Europe/Berlin' }, 'time_zone'],
  [{ environment: 'live' }, 'environment'],
  [{ settings: { timezone: 'Europe/Berlin' } }, 'settings.timezone'],
  [{ settings: { dunning: { days: [1] } } }, 'settings.dunning.days'],
  [{ settings: { recovery: { policy: 'planner', horizon: 3 } } }, 'settings.recovery.horizon'],
  [{ settings: { payments: { backup: true } } }, 'settings.payments.backup'],
  [{ settings: { disputes: { refund: true } } }, 'settings.disputes.refund'],
  [{ settings: { brand: { colour: '#fff' } } }, 'settings.brand.colour'],
  [{ settings: { mail: { from: 'Acme' } } }, 'settings.mail.from'],
]
for (const [body, param] of badChanges) {
  test(`a change of ${JSON.stringify(body)} is refused because of ${param}, and nothing is changed`, async () => {
    const before = await api.request('GET', '/account')
    const refused = await api.request('PATCH', '/account', { body: { name: 'New', ...body } })
    assert.deepEqual([refused.status, refused.at('error.param')], [400, param])
    assert.deepEqual((await api.request('GET', '/account')).body, before.body)
  })
}

test('every time zone that is taken is one that the database reckons with', async () => {
  const { rows } = await sql<{ readonly name: string }>`
    select name from pg_timezone_names order by name`.execute(api.database.kysely)
  const known = new Set(rows.map(({ name }) => name))
  const foreign = Intl.supportedValuesOf('timeZone').find((name) => !known.has(name))
  if (foreign === undefined) return
  const refused = await api.request('PATCH', '/account', { body: { timezone: foreign } })
  assert.deepEqual([refused.status, refused.at('error.param')], [400, 'timezone'])
})

test('an API key is shown once, listed without its secret, rolled and revoked', async () => {
  const made = await api.request('POST', '/api-keys', {
    body: { name: 'CI', scopes: ['customers:read'] },
  })
  assert.equal(made.status, 201)
  const secret = made.text('data.secret')
  assert.equal(made.at('data.hint'), secret.slice(-4))
  const listed = await api.request('GET', '/api-keys?limit=1')
  assert.equal(listed.at('data.0.id'), made.at('data.id'))
  assert.equal(listed.at('data.0.secret'), undefined)

  const rolled = await api.request('POST', `/api-keys/${made.text('data.id')}/roll`)
  assert.equal(rolled.status, 200)
  assert.deepEqual(rolled.at('data.scopes'), ['customers:read'])
  assert.equal((await api.request('GET', '/api-keys', { apiKey: secret })).status, 401)
  assert.equal(
    (await api.request('GET', '/api-keys', { apiKey: rolled.text('data.secret') })).status,
    403,
  )

  const path = `/api-keys/${rolled.text('data.id')}`
  const revoked = await api.request('DELETE', path)
  assert.equal(revoked.status, 200)
  assert.notEqual(revoked.at('data.revoked_at'), null)
  assert.equal((await api.request('DELETE', path)).status, 404)
  assert.equal((await api.request('POST', `${path}/roll`)).status, 409)
})

const badKeys: readonly (readonly [body: object, param: string])[] = [
  [{}, 'name'],
  [{ name: '' }, 'name'],
  [{ name: 'x', scopes: [] }, 'scopes'],
  [{ name: 'x', scopes: ['everything'] }, 'scopes'],
  [{ name: 'x', scopes: 'customers:read' }, 'scopes'],
]
for (const [body, param] of badKeys) {
  test(`a key ${JSON.stringify(body)} is refused because of ${param}, and none is made`, async () => {
    const before = await api.count('api_keys')
    const refused = await api.request('POST', '/api-keys', { body })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), param)
    assert.equal(await api.count('api_keys'), before)
  })
}

test('keys of another account cannot be touched', async () => {
  const other = await api.createOtherAccount()
  const listed = await api.request('GET', '/api-keys', { apiKey: other.sandbox.apiKey })
  const path = `/api-keys/${listed.text('data.0.id')}`
  assert.equal((await api.request('DELETE', path)).status, 404)
  assert.equal((await api.request('POST', `${path}/roll`)).status, 404)
  assert.equal((await api.request('GET', '/account', { apiKey: other.sandbox.apiKey })).status, 200)
})
