import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, serve } from '../../testing/client.ts'
import { plainGateway, plainWorld } from '../../testing/plain-world.ts'

const fee = { bps: 290, fixed_minor: 30, per_attempt_minor: 2 }
const world = () => plainWorld({ gateways: [plainGateway({ fee, currencies: ['USD', 'EUR'] })] })

interface Line {
  readonly reference: string
  readonly kind: string
  readonly charge_id: string | null
  readonly amount_minor: number
  readonly fee_minor: number
  readonly currency: string
  readonly time: string
  readonly payout: string | null
}

const at = (now: string) => ({ 'x-perennial-now': now })

async function listAll(client: Client, now: string, limit = 1000): Promise<Line[]> {
  const lines: Line[] = []
  let cursor = ''
  for (let page = 0; page < 100; page += 1) {
    const query = new URLSearchParams({
      from: '2027-01-01T00:00:00Z',
      limit: String(limit),
      cursor,
    })
    const { body } = await client.get(`/gateways/g/movements?${query.toString()}`, at(now))
    lines.push(...body.data)
    if (body.next_cursor === null) return lines
    cursor = body.next_cursor
  }
  throw new Error('the list never ends')
}

const short = ({ kind, amount_minor, fee_minor, time }: Line) =>
  `${time.slice(0, 10)} ${kind} ${amount_minor} fee ${fee_minor}`

function netOf(lines: readonly Line[], currency: string): number {
  return lines
    .filter((line) => line.currency === currency)
    .reduce((sum, { amount_minor, fee_minor }) => sum + amount_minor - fee_minor, 0)
}

test('a charge settles at midnight, is refunded, and what is left is paid out two business days later', () =>
  serve(
    async (client) => {
      const friday = '2027-04-30T12:00:00Z'
      const { id } = (await client.charge('tok_visa', { now: friday })).body
      await client.charge('tok_decline_do_not_honor', { now: '2027-04-30T12:01:00Z' })
      const later = { ...at('2027-05-03T09:00:00Z'), 'idempotency-key': 'r' }
      await client.post(`/gateways/g/charges/${id}/refund`, { amount_minor: 400 }, later)
      assert.deepEqual((await listAll(client, '2027-05-06T00:00:00Z')).map(short), [
        '2027-04-30 fee -2 fee 0',
        '2027-05-01 charge 1000 fee 61',
        '2027-05-03 refund -400 fee 0',
        '2027-05-04 payout 2 fee 0',
        '2027-05-04 payout -939 fee 0',
        '2027-05-05 payout 400 fee 0',
      ])
      const lines = await listAll(client, '2027-05-06T00:00:00Z', 1)
      assert.equal(netOf(lines, 'USD'), 0)
    },
    { world: world() },
  ))

test('a charge that is called off on its day never moves; the day after it can only be refunded', () =>
  serve(async (client) => {
    const voided = (await client.charge('tok_visa')).body
    const kept = (await client.charge('tok_visa')).body
    const evening = at('2027-05-01T23:59:59Z')
    const voiding = await client.post(`/gateways/g/charges/${voided.id}/void`, {}, evening)
    assert.equal(voiding.body.status, 'canceled')
    const late = at('2027-05-02T00:00:00Z')
    const refusal = await client.post(`/gateways/g/charges/${kept.id}/void`, {}, late)
    assert.equal(refusal.body.error.code, 'charge_not_voidable')
    const charges = (await listAll(client, '2027-05-02T00:00:00Z')).map((line) => line.charge_id)
    assert.deepEqual(charges, [kept.id])
  }))

test('a chargeback takes the money and its fee, and gives the money back when it is won', () =>
  serve(async (client) => {
    const { id } = (await client.charge('tok_dispute_fraudulent')).body
    const opened = (
      await client.get(`/gateways/g/charges/${id}/disputes`, at('2027-05-06T12:00:00Z'))
    ).body.data[0]
    const evidence = { text: 'winning_evidence' }
    await client.post(
      `/gateways/g/disputes/${opened.id}/evidence`,
      evidence,
      at('2027-05-08T12:00:00Z'),
    )
    const lines = await listAll(client, '2027-05-20T00:00:00Z')
    assert.deepEqual(lines.filter(({ kind }) => kind.startsWith('dispute')).map(short), [
      '2027-05-06 dispute -1000 fee 1500',
      '2027-05-13 dispute_reversal 1000 fee 0',
    ])
    assert.equal(netOf(lines, 'USD'), 0)
  }))

test('a debit that the bank takes back after it settled is an adjustment', () =>
  serve(async (client) => {
    await client.charge('tok_ach_return_R10_after_5', { now: '2027-05-03T12:00:00Z' })
    assert.deepEqual((await listAll(client, '2027-05-12T00:00:00Z')).map(short), [
      '2027-05-06 charge 1000 fee 59',
      '2027-05-10 payout -941 fee 0',
      '2027-05-11 adjustment -1000 fee 0',
    ])
  }))

// A month of everything; the amounts come from the index, so that a failing run can be repeated.
test('once all is paid out, each currency folds to zero, page by page or at once, and from anywhere', () =>
  serve(
    async (client) => {
      const tokens = [
        'tok_visa',
        'tok_ach',
        'tok_ach_return_R01',
        'tok_sepa_return_MD06_after_3',
        'tok_decline_insufficient_funds',
        'tok_dispute_duplicate',
        'tok_refund_pending',
        'tok_refund_fail_later',
        'tok_early_warning',
      ]
      for (let i = 0; i < 90; i += 1) {
        const now = new Date(Date.UTC(2027, 4, 1, i * 8, i)).toISOString()
        const currency = i % 4 === 0 ? 'EUR' : 'USD'
        const token = tokens[i % tokens.length] ?? 'tok_visa'
        const body = { amount_minor: 101 + i * 37, currency, capture: i % 7 !== 3 }
        const { id } = (await client.charge(token, { now, body })).body
        const headers = { ...at(now), 'idempotency-key': `r${i}` }
        if (i % 7 === 3) await client.post(`/gateways/g/charges/${id}/capture`, {}, headers)
        if (i % 3 !== 0) continue
        await client.post(`/gateways/g/charges/${id}/refund`, { amount_minor: 50 }, headers)
      }
      const end = '2027-08-01T00:00:00Z'
      const lines = await listAll(client, end)
      assert.ok(lines.length > 150)
      assert.equal(netOf(lines, 'USD'), 0)
      assert.equal(netOf(lines, 'EUR'), 0)
      assert.deepEqual(await listAll(client, end, 7), lines)
      assert.equal(new Set(lines.map(({ reference }) => reference)).size, lines.length)
      const times = lines.map(({ time }) => time)
      assert.deepEqual(times, times.toSorted())
      const byPayout = Map.groupBy(lines, ({ payout }) => payout)
      for (const [payout, paid] of byPayout) {
        assert.notEqual(payout, null)
        assert.equal(
          paid.reduce((sum, one) => sum + one.amount_minor - one.fee_minor, 0),
          0,
        )
      }
      const middle = '2027-05-15T00:00:00.000Z'
      const half = await client.get(
        `/gateways/g/movements?limit=1000&from=${middle}&until=2027-05-20T00:00:00Z`,
        at(end),
      )
      const expected = lines.filter(({ time }) => time >= middle && time < '2027-05-20')
      assert.deepEqual(half.body.data, expected)
    },
    { world: world() },
  ))
