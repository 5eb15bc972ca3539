import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainGateway, plainIssuer, plainWorld } from '../../testing/plain-world.ts'
import { type AuditRow, type Client, type Reply, serve } from '../../testing/client.ts'

const tell = ({ status, body }: Reply): string => {
  if (status !== 200) return `${status} ${body.error.code}`
  return body.decline === null
    ? body.status
    : `${body.status} ${body.decline.iso_code} ${body.decline.code}`
}

async function told(reply: Promise<Reply>): Promise<string> {
  try {
    return tell(await reply)
  } catch {
    return 'no answer'
  }
}

type Row = readonly [token: string, charges: readonly (readonly [now: string, answer: string])[]]

const may = '2027-05-01T00:00:00Z'
const declined51 = 'declined 51 insufficient_funds'

const tokens: readonly Row[] = [
  [
    'tok_visa',
    [
      [may, 'succeeded'],
      ['2035-01-01T00:00:00Z', 'succeeded'],
    ],
  ],
  ['tok_amex', [[may, 'succeeded']]], // named tokens work at gateways of any network
  ['pm_a', [[may, 'succeeded']]],
  [
    'tok_decline_insufficient_funds',
    [
      [may, declined51],
      [may, declined51],
    ],
  ],
  [
    'tok_decline_after_2_insufficient_funds',
    [
      [may, 'succeeded'],
      [may, 'succeeded'],
      [may, declined51],
      [may, declined51],
    ],
  ],
  [
    'tok_decline_until_20270503_insufficient_funds',
    [
      ['2027-05-02T23:59:59Z', declined51],
      ['2027-05-03T00:00:00Z', 'succeeded'],
    ],
  ],
  [
    'tok_decline_until_20270503_insufficient_funds', // the caller's own day: its clock is 5 hours behind
    [
      ['2027-05-02T23:59:59-05:00', declined51],
      ['2027-05-03T00:00:00-05:00', 'succeeded'],
    ],
  ],
  [
    'tok_expires_202705',
    [
      ['2027-05-31T23:59:59Z', 'succeeded'],
      ['2027-06-01T00:00:00Z', 'declined 54 expired_card'],
    ],
  ],
  ['tok_authenticate', [[may, 'needs_action 1A authentication_required']]],
  ['tok_ach', [[may, 'pending']]],
  ['tok_advice_03', [[may, 'declined 05 do_not_honor']]],
  ['tok_world_1', [[may, 'succeeded']]],
  ['tok_decline_nonsense', [[may, '400 token_malformed']]],
  ['card_of_nobody', [[may, '404 token_not_found']]],
  ['tok_timeout_charged', [[may, 'no answer']]],
  ['tok_timeout_not_charged', [[may, 'no answer']]],
]

for (const [token, charges] of tokens) {
  test(`${token}: ${charges.map(([, answer]) => answer).join(', then ')}`, () =>
    serve(async (client) => {
      const answers: string[] = []
      for (const [now] of charges) answers.push(await told(client.charge(token, { now })))
      assert.deepEqual(
        answers,
        charges.map(([, answer]) => answer),
      )
    }))
}

test('an approved charge shows what a merchant needs and nothing else', () =>
  serve(async (client) => {
    const { body } = await client.charge('tok_visa', { key: 'k', body: { metadata: { a: 1 } } })
    const { id, network_transaction_id, auth_code, ...rest } = body
    assert.match(id, /^ch_[0-9a-z]+$/)
    assert.match(network_transaction_id, /^\d{15}$/)
    assert.match(auth_code, /^\d{6}$/)
    const { fingerprint, ...card } = rest.card
    assert.match(fingerprint, /^fp_/)
    assert.deepEqual(
      { ...rest, card },
      {
        status: 'succeeded',
        amount_minor: 1000,
        currency: 'USD',
        decline: null,
        captured_minor: 1000,
        refunded_minor: 0,
        gateway: 'g',
        token: 'tok_visa',
        idempotency_key: 'k',
        time: '2027-05-01T12:00:00.000Z',
        settles_at: null,
        returned: null,
        sent_network_transaction_id: null,
        description: null,
        metadata: { a: 1 },
        card: {
          type: 'card',
          brand: 'visa',
          network: 'visa',
          bin: '424242',
          last4: '4242',
          exp_month: 12,
          exp_year: 2039,
          funding: 'credit',
          country: 'US',
        },
      },
    )
  }))

test('an approval carries the advice that its card is named after, and a number for a single use is spent by it', () =>
  serve(async (client) => {
    const first = await client.charge('tok_approved_advice_41')
    assert.deepEqual([tell(first), first.body.advice_code], ['succeeded', '41'])
    const second = await client.charge('tok_approved_advice_41')
    assert.equal(tell(second), 'declined 05 do_not_honor')
    assert.deepEqual([second.body.decline.advice_code, 'advice_code' in second.body], ['41', false])
    const prepaid = await client.charge('tok_approved_advice_40')
    assert.deepEqual([tell(prepaid), prepaid.body.advice_code], ['succeeded', '40'])
  }))

test('a repeated key gets the same answer and charges once', () =>
  serve(async (client) => {
    const first = await client.charge('tok_visa', { key: 'k' })
    const second = await client.charge('tok_visa', { key: 'k', now: '2027-06-01T00:00:00Z' })
    assert.deepEqual(second, first)
    assert.equal((await client.get('/audit')).body.data.length, 1)
  }))

for (const [what, body] of [
  ['amount', { amount_minor: 1001 }],
  ['currency', { currency: 'EUR' }],
  ['token', { token: 'tok_amex' }],
  ['capture', { capture: false }],
] as const) {
  test(`a repeated key with another ${what} is refused`, () =>
    serve(async (client) => {
      await client.charge('tok_visa', { key: 'k' })
      assert.equal(
        await told(client.charge('tok_visa', { key: 'k', body })),
        '409 idempotency_conflict',
      )
    }))
}

test('a time-out that charged is found by its key, and asking again charges nothing more', () =>
  serve(async (client) => {
    await assert.rejects(client.charge('tok_timeout_charged', { key: 'k' }))
    const found = await client.get('/gateways/g/charges/by-key/k')
    assert.equal(tell(found), 'succeeded')
    assert.deepEqual(await client.charge('tok_timeout_charged', { key: 'k' }), found)
    const { data } = (await client.get('/audit')).body
    assert.deepEqual(
      data.map((row: AuditRow) => [row.outcome, row.money_moved]),
      [['timeout_charged', true]],
    )
  }))

test('a time-out that did not charge leaves no charge, only a trace in the audit', () =>
  serve(async (client) => {
    await assert.rejects(client.charge('tok_timeout_not_charged', { key: 'k' }))
    assert.equal(tell(await client.get('/gateways/g/charges/by-key/k')), '404 charge_not_found')
    const [row] = (await client.get('/audit')).body.data
    assert.deepEqual(
      [row.outcome, row.money_moved, row.charge_id],
      ['timeout_not_charged', false, null],
    )
  }))

test('a gateway’s error is a 503, charges nothing, and the same key may try again', () => {
  const gateways = [plainGateway({ outages: [{ from: may, to: '2027-05-02T00:00:00Z' }] })]
  return serve(
    async (client) => {
      assert.equal(
        await told(client.charge('tok_world_1', { key: 'k', now: may })),
        '503 gateway_error',
      )
      assert.equal(
        await told(client.charge('tok_world_1', { key: 'k', now: '2027-05-02T00:00:00Z' })),
        'succeeded',
      )
      const { data } = (await client.get('/audit')).body
      assert.deepEqual(
        data.map((row: AuditRow) => row.outcome),
        ['gateway_error', 'succeeded'],
      )
    },
    { world: plainWorld({ gateways }) },
  )
})

test('accounts share neither keys nor charges nor the counters of named tokens', () =>
  serve(async (client) => {
    const token = 'tok_decline_after_1_insufficient_funds'
    const one = await client.charge(token, { account: 'one', key: 'k' })
    const two = await client.charge(token, { account: 'two', key: 'k' })
    assert.deepEqual([tell(one), tell(two)], ['succeeded', 'succeeded'])
    const path = `/gateways/g/charges/${one.body.id}`
    assert.equal(tell(await client.get(path, { 'x-perennial-account': 'one' })), 'succeeded')
    assert.equal(
      tell(await client.get(path, { 'x-perennial-account': 'two' })),
      '404 charge_not_found',
    )
    const audit = await client.get('/audit', { 'x-perennial-account': 'two' })
    assert.deepEqual(
      audit.body.data.map((row: AuditRow) => row.charge_id),
      [two.body.id],
    )
  }))

test('two stored copies of one named token have counters of their own', () =>
  serve(async (client) => {
    const token = 'tok_decline_after_1_insufficient_funds'
    const answers = []
    for (const instrument of ['pm_1', 'pm_2', 'pm_1']) {
      answers.push(await told(client.charge(token, { body: { instrument } })))
    }
    assert.deepEqual(answers, ['succeeded', 'succeeded', declined51])
  }))

test('tok_world is another card for every stored copy, and the same one each time', () => {
  const closing = plainIssuer({ ends: { closed_per_year: 2 } })
  return serve(
    async (client) => {
      const copies = Array.from({ length: 30 }, (_, i) => `pm_${i}`)
      const answers = async () => {
        const list: string[] = []
        for (const instrument of copies)
          list.push(await told(client.charge('tok_world', { body: { instrument } })))
        return list
      }
      const first = await answers()
      assert.equal(new Set(first).size, 2) // some closed, some not
      assert.deepEqual(await answers(), first)
    },
    { world: plainWorld({ issuers: [closing] }) },
  )
})

test('an authorisation is captured once, in part, and the captured part refunded', () =>
  serve(async (client) => {
    const { body } = await client.charge('tok_visa', { body: { capture: false } })
    assert.deepEqual([body.status, body.captured_minor], ['succeeded', 0])
    const path = `/gateways/g/charges/${body.id}`
    const headers = { 'x-perennial-now': '2027-05-02T00:00:00Z' } // settled since midnight
    const act = async (name: string, amount?: number, key = 'r') =>
      changeOf(
        await client.post(`${path}/${name}`, amount === undefined ? {} : { amount_minor: amount }, {
          'idempotency-key': key,
          ...(name === 'capture' ? {} : headers),
        }),
      )
    assert.equal(await act('refund'), '409 charge_not_refundable')
    assert.equal(await act('capture', 1001), '400 amount_too_large')
    assert.equal(await act('capture', 600), 'captured 600, refunded 0')
    assert.equal(await act('capture', 600), 'captured 600, refunded 0')
    assert.equal(await act('capture', 500), '409 charge_not_capturable')
    assert.equal(await act('void'), '409 charge_not_voidable')
    assert.equal(await act('refund', 601), '400 amount_too_large')
    assert.equal(await act('refund', 200, 'r1'), 'refund of 200')
    assert.equal(await act('refund', 200, 'r1'), 'refund of 200')
    assert.equal(await act('refund', 300, 'r1'), '409 idempotency_conflict')
    assert.equal(await act('refund', undefined, 'r2'), 'refund of 400')
    assert.equal(await act('refund', undefined, 'r3'), '409 charge_not_refundable')
    assert.equal(changeOf(await client.get(path)), 'captured 600, refunded 600')
  }))

test('a refund without a key is refused', () =>
  serve(async (client) => {
    const { body } = await client.charge('tok_visa')
    const reply = await client.post(`/gateways/g/charges/${body.id}/refund`, {})
    assert.equal(tell(reply), '400 idempotency_key_required')
  }))

test('a voided authorisation can no longer be captured', () =>
  serve(async (client) => {
    const { body } = await client.charge('tok_visa', { body: { capture: false } })
    const path = `/gateways/g/charges/${body.id}`
    assert.equal((await client.post(`${path}/void`, {})).body.status, 'canceled')
    assert.equal((await client.post(`${path}/void`, {})).body.status, 'canceled')
    assert.equal(tell(await client.post(`${path}/capture`, {})), '409 charge_not_capturable')
  }))

async function challenge(client: Client): Promise<string> {
  const { body } = await client.charge('tok_authenticate')
  const { pathname } = new URL(body.next_action.url)
  assert.equal(pathname, `/gateways/g/charges/${body.id}/authenticate`)
  return pathname
}

test('an authenticated customer’s charge is approved, and so are the ones after it', () =>
  serve(async (client) => {
    const path = await challenge(client)
    assert.equal(tell(await client.post(path, { result: 'succeeded' })), 'succeeded')
    assert.equal(tell(await client.post(path, { result: 'succeeded' })), 'succeeded')
    assert.equal(tell(await client.post(path, { result: 'failed' })), '409 charge_not_waiting')
    assert.equal(await told(client.charge('tok_authenticate')), 'succeeded')
  }))

test('a customer confirms on the page that the charge links to, and then sees it confirmed', () =>
  serve(async (client) => {
    const { body } = await client.charge('tok_authenticate', { account: 'acct_1' })
    const asked = await fetch(body.next_action.url)
    assert.match(await asked.text(), /confirm this payment of 1000 minor units of USD\?[^]*<button/)
    const form = new URLSearchParams({ result: 'succeeded' })
    const confirmed = await fetch(body.next_action.url, { method: 'POST', body: form })
    assert.match(await confirmed.text(), /is confirmed.*close this page/)
    const back = new URL(body.next_action.url)
    back.searchParams.set('return_url', 'https://shop.example/?a="b')
    const link = /<a href="https:\/\/shop\.example\/\?a=&quot;b">[^]*http-equiv="refresh"/
    assert.match(await (await fetch(back)).text(), link)
    back.searchParams.set('return_url', 'javascript:alert(1)')
    assert.match(await (await fetch(back)).text(), /close this page/)
    const path = `/gateways/g/charges/${body.id}`
    assert.equal(tell(await client.get(path, { 'x-perennial-account': 'acct_1' })), 'succeeded')
  }))

test('a failed authentication declines the charge', () =>
  serve(async (client) => {
    const path = await challenge(client)
    assert.equal(tell(await client.post(path, { result: 'maybe' })), '400 body_invalid')
    const failed = 'declined 1A authentication_required'
    assert.equal(tell(await client.post(path, { result: 'failed' })), failed)
    assert.equal(
      await told(client.charge('tok_authenticate')),
      'needs_action 1A authentication_required',
    )
  }))

test('a charge that waits for its customer can be voided, and then not be confirmed', () =>
  serve(async (client) => {
    const path = await challenge(client)
    const charge = path.replace('/authenticate', '')
    assert.equal((await client.post(`${charge}/void`, {})).body.status, 'canceled')
    assert.equal(tell(await client.post(path, { result: 'succeeded' })), '409 charge_not_waiting')
    assert.equal((await client.get(charge)).body.status, 'canceled')
  }))

test('a bank debit made on a Friday settles on Wednesday, or comes back', () =>
  serve(async (client) => {
    const friday = '2027-04-30T15:00:00Z'
    const look = async (id: string, now: string) =>
      tell(await client.get(`/gateways/g/charges/${id}`, { 'x-perennial-now': now }))
    const good = (await client.charge('tok_ach', { now: friday })).body
    assert.equal(good.settles_at, '2027-05-05T15:00:00.000Z')
    assert.equal(await look(good.id, '2027-05-05T14:59:59Z'), 'pending')
    assert.equal(await look(good.id, '2027-05-05T15:00:00Z'), 'succeeded')
    const bad = (await client.charge('tok_ach_return_R01', { now: friday })).body
    assert.equal(await look(bad.id, '2027-05-05T15:00:00Z'), 'declined null insufficient_funds')
  }))

test('a bank debit that was only authorised moves no money when it settles', () =>
  serve(async (client) => {
    const now = '2027-04-30T15:00:00Z'
    const { id } = (await client.charge('tok_ach', { now, body: { capture: false } })).body
    const later = { 'x-perennial-now': '2027-05-05T15:00:00Z' }
    const { body } = await client.get(`/gateways/g/charges/${id}`, later)
    assert.deepEqual([body.status, body.captured_minor], ['succeeded', 0])
  }))

function changeOf(reply: Reply): string {
  if (reply.status !== 200) return tell(reply)
  const { body } = reply
  if (body.charge_id !== undefined) return `refund of ${body.amount_minor}`
  return `captured ${body.captured_minor}, refunded ${body.refunded_minor}`
}
