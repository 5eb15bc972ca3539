import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withCheckDigit } from '../judging/luhn.ts'
import { plainIssuer, plainWorld } from '../testing/plain-world.ts'
import { type AuditRow, serve } from '../testing/client.ts'

const card = { number: '4242424242424242', exp_month: 12, exp_year: 2030, cvc: '123' }
const charge = { token: 'tok_visa', amount_minor: 1000, currency: 'USD' }
const key = { 'idempotency-key': 'k' }

type Row = readonly [
  what: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
  answer: string,
]

const refusals: readonly Row[] = [
  ['malformed JSON', '/gateways/g/charges', '{"token":', key, '400 json_malformed'],
  ['a JSON list', '/gateways/g/charges', '[]', key, '400 json_malformed'],
  ['no body', '/gateways/g/charges', '', key, '400 body_invalid'],
  [
    'an amount as text',
    '/gateways/g/charges',
    { ...charge, amount_minor: '1' },
    key,
    '400 body_invalid',
  ],
  [
    'an amount of 0',
    '/gateways/g/charges',
    { ...charge, amount_minor: 0 },
    key,
    '400 body_invalid',
  ],
  [
    'an amount beyond 2^53',
    '/gateways/g/charges',
    { ...charge, amount_minor: 2 ** 53 },
    key,
    '400 body_invalid',
  ],
  ['an unknown field', '/gateways/g/charges', { ...charge, amout: 1 }, key, '400 body_invalid'],
  ['no key', '/gateways/g/charges', charge, {}, '400 idempotency_key_required'],
  [
    'a long key',
    '/gateways/g/charges',
    charge,
    { 'idempotency-key': 'k'.repeat(256) },
    '400 idempotency_key_invalid',
  ],
  [
    'a clock that is none',
    '/gateways/g/charges',
    charge,
    { ...key, 'x-perennial-now': 'today' },
    '400 now_invalid',
  ],
  ['an unknown gateway', '/gateways/x/charges', charge, key, '404 gateway_not_found'],
  ['an unknown charge', '/gateways/g/charges/ch_x/void', {}, key, '404 charge_not_found'],
  ['an unknown operation', '/gateways/g/charges/ch_x/double', {}, key, '404 route_not_found'],
  ['an unknown path', '/nothing', {}, key, '404 route_not_found'],
  ['a wrong method', '/audit', {}, key, '405 method_not_allowed'],
  ['a bad escape', '/gateways/%zz/charges', {}, key, '400 path_malformed'],
  [
    'a body over 64 KB',
    '/gateways/g/charges',
    { ...charge, description: 'x'.repeat(70_000) },
    key,
    '413 body_too_large',
  ],
  [
    'a number that fails Luhn',
    '/gateways/g/tokens',
    { ...card, number: '4242424242424241' },
    {},
    '400 number_invalid',
  ],
  [
    'a number of letters',
    '/gateways/g/tokens',
    { ...card, number: 'four' },
    {},
    '400 number_invalid',
  ],
  ['a month 13', '/gateways/g/tokens', { ...card, exp_month: 13 }, {}, '400 body_invalid'],
  ['a cvc of letters', '/gateways/g/tokens', { ...card, cvc: 'abc' }, {}, '400 body_invalid'],
]

for (const [what, path, body, headers, answer] of refusals) {
  test(`${what} is answered with ${answer}, and nothing is charged`, () =>
    serve(async (client) => {
      const reply = await client.post(path, body, headers)
      assert.equal(`${reply.status} ${reply.body.error.code}`, answer)
      assert.deepEqual((await client.get('/audit')).body.data, [])
    }))
}

test('health and gateways are told; how often gateways fail is not', () =>
  serve(async (client) => {
    assert.deepEqual((await client.get('/healthz')).body, { status: 'ok', world: 'plain' })
    assert.deepEqual((await client.get('/gateways')).body.data, [
      {
        id: 'g',
        networks: ['visa', 'mastercard'],
        currencies: ['USD'],
        fee: { bps: 290, fixed_minor: 30, per_attempt_minor: 0 },
      },
    ])
  }))

const numbers: readonly (readonly [number: string, brand: string, answer: string])[] = [
  ['4242 4242 4242 4242', 'visa', 'succeeded'],
  ['4111-1111-1111-1111', 'visa', 'succeeded'],
  ['5555555555554444', 'mastercard', 'succeeded'],
  ['378282246310005', 'amex', 'succeeded'],
  ['6011111111111117', 'discover', 'succeeded'],
  ['4000000000000002', 'visa', 'generic_decline'],
  ['4000000000000341', 'visa', 'generic_decline'],
  ['4000000000009995', 'visa', 'insufficient_funds'],
  ['4000000000009987', 'visa', 'lost_card'],
  ['4000000000009979', 'visa', 'stolen_card'],
  ['4000000000000069', 'visa', 'expired_card'],
  ['4000000000000127', 'visa', 'incorrect_cvc'],
  ['4000000000000119', 'visa', 'processing_error'],
  ['4000002500003155', 'visa', 'authentication_required'],
]

for (const [number, brand, answer] of numbers) {
  test(`${number} is a ${brand} whose charge ends ${answer}`, () =>
    serve(async (client) => {
      const token = (await client.post('/gateways/g/tokens', { ...card, number })).body
      assert.deepEqual([token.brand, token.last4], [brand, number.slice(-4)])
      const { body } = await client.charge(token.token)
      assert.equal(body.decline?.code ?? body.status, answer)
      const shown = await client.get(`/gateways/g/tokens/${token.token}`)
      assert.deepEqual(shown.body, token)
    }))
}

test('a card whose expiry has passed is declined', () =>
  serve(async (client) => {
    const { token } = (await client.post('/gateways/g/tokens', { ...card, exp_year: 2026 })).body
    assert.equal((await client.charge(token)).body.decline.code, 'expired_card')
  }))

test('a number in an issuer’s range is that issuer’s card, and meets the world’s chance', () => {
  const world = plainWorld({ issuers: [plainIssuer({ limits: { rate: 1 } })] })
  return serve(
    async (client) => {
      const { token, funding } = (
        await client.post('/gateways/g/tokens', {
          ...card,
          number: withCheckDigit('400066123456789'),
        })
      ).body
      assert.equal(funding, 'debit')
      assert.equal((await client.charge(token)).body.decline.code, 'card_velocity_exceeded')
    },
    { world },
  )
})

test('bank accounts settle, except those that end in 9', () =>
  serve(async (client) => {
    const settled = async (account_number: string) => {
      const bank = { routing_number: '110000000', account_number }
      const { token } = (await client.post('/gateways/g/tokens', bank)).body
      const { id, status } = (await client.charge(token)).body
      assert.equal(status, 'pending')
      const later = { 'x-perennial-now': '2027-06-01T00:00:00Z' }
      return (await client.get(`/gateways/g/charges/${id}`, later)).body.status
    }
    assert.deepEqual(
      [await settled('000123456'), await settled('000123459')],
      ['succeeded', 'declined'],
    )
  }))

test('the audit is read in pages and filtered', () =>
  serve(async (client) => {
    for (const token of ['tok_visa', 'tok_amex', 'tok_visa', 'tok_visa']) await client.charge(token)
    const page = async (query: string) => {
      const { data, has_more, next_after } = (await client.get(`/audit?${query}`)).body
      return [data.map((row: AuditRow) => row.sequence), has_more, next_after]
    }
    assert.deepEqual(await page('limit=3'), [[1, 2, 3], true, 3])
    assert.deepEqual(await page('limit=3&after=3'), [[4], false, 4])
    assert.deepEqual(await page('token=tok_amex'), [[2], false, 2])
    assert.deepEqual(await page('token=tok_visa&limit=2'), [[1, 3], true, 3])
    assert.deepEqual(await page('gateway=h'), [[], false, 0])
    assert.equal((await client.get('/audit?limit=some')).body.error.code, 'query_invalid')
  }))

test('the audit tells which charges the card networks forbade', () =>
  serve(async (client) => {
    const broken = async () =>
      (await client.get('/audit/broken-rules')).body.data.map(
        ({ sequence, rule }: { sequence: number; rule: string }) => `${sequence} ${rule}`,
      )
    const lost = 'tok_decline_lost_card'
    for (const token of [lost, 'tok_visa', 'tok_ach_return_R02', 'tok_ach_return_R02'])
      await client.charge(token)
    assert.deepEqual(await broken(), [])
    await client.charge(lost)
    await client.charge('tok_authenticate')
    await client.charge('tok_advice_26')
    await client.charge('tok_advice_26')
    assert.deepEqual(await broken(), ['5 visa category 1: 41', '8 advice 26: 48 hours'])
    const other = { 'x-perennial-account': 'another' }
    assert.deepEqual((await client.get('/audit/broken-rules', other)).body.data, [])
  }))

test('what a world answered for survives a restart; card numbers were never written', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'world-'))
  try {
    const token = 'tok_decline_after_1_insufficient_funds'
    let before: unknown
    let minted = ''
    await serve(
      async (client) => {
        minted = (await client.post('/gateways/g/tokens', card)).body.token
        await client.charge(minted, { key: 'a' })
        await client.charge(token, { key: 'b' })
        const held = (await client.charge('tok_visa', { key: 'c', body: { capture: false } })).body
        await client.post(`/gateways/g/charges/${held.id}/capture`, { amount_minor: 500 })
        await client.post(`/gateways/g/charges/${held.id}/refund`, { amount_minor: 100 }, key)
        before = (await client.get('/audit')).body
      },
      { stateDir },
    )
    await serve(
      async (client) => {
        assert.deepEqual((await client.get('/audit')).body, before)
        assert.equal((await client.charge(minted, { key: 'a' })).body.status, 'succeeded')
        assert.equal((await client.charge(token)).body.status, 'declined')
        assert.equal((await client.get('/audit')).body.data.at(-1).sequence, 4)
      },
      { stateDir },
    )
    const journal = readFileSync(join(stateDir, 'journal.jsonl'), 'utf8')
    assert.equal(journal.includes(card.number), false)
  } finally {
    rmSync(stateDir, { recursive: true })
  }
})

test('a world keeps its newest charges and forgets the oldest, in the audit too', () =>
  serve(
    async (client) => {
      for (let i = 0; i < 5; i += 1) await client.charge('tok_visa', { key: `k${i}` })
      const { data } = (await client.get('/audit')).body
      assert.deepEqual(
        data.map((row: AuditRow) => row.idempotency_key),
        ['k2', 'k3', 'k4'],
      )
      assert.equal((await client.get('/gateways/g/charges/by-key/k0')).status, 404)
      assert.equal((await client.get('/gateways/g/charges/by-key/k4')).status, 200)
    },
    { keep: 3 },
  ))
