import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Client, serve } from '../testing/client.ts'
import { plainGateway, plainWorld } from '../testing/plain-world.ts'

const tokens = [
  'tok_visa',
  'tok_decline_do_not_honor',
  'tok_timeout_charged',
  'tok_ach',
  'tok_ach_return_R01',
  'tok_sepa_return_MD06_after_3',
  'tok_dispute_duplicate',
  'tok_early_warning',
  'tok_refund_pending',
  'tok_refund_fail_later',
] as const

const step = fc.record({
  /** Minutes since the step before. */
  wait: fc.integer({ min: 0, max: 3_000 }),
  act: fc.constantFrom('charge', 'hold', 'capture', 'void', 'refund', 'dispute', 'answer'),
  token: fc.constantFrom(...tokens),
  amount: fc.integer({ min: 1, max: 5_000 }),
  /** Which of the charges made so far it concerns. */
  which: fc.nat({ max: 1_000 }),
  currency: fc.constantFrom('USD', 'EUR'),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const START = Date.UTC(2027, 4, 1)
const END = '2028-01-01T00:00:00Z'

/** Does what comes next; refusals are answers too. */
async function take(client: Client, made: string[], step: Step & { at: number; index: number }) {
  const now = new Date(step.at).toISOString()
  const headers = { 'x-perennial-now': now, 'idempotency-key': `r${step.index}` }
  const id = made[step.which % Math.max(made.length, 1)] ?? 'ch_none'
  const path = `/gateways/g/charges/${id}`
  switch (step.act) {
    case 'charge':
    case 'hold': {
      const capture = step.act === 'charge'
      const body = { amount_minor: step.amount, currency: step.currency, capture }
      const key = `k${step.index}`
      await client.charge(step.token, { now, key, body }).catch(() => null)
      const found = await client.get(`/gateways/g/charges/by-key/${key}`, headers)
      if (found.status === 200) made.push(found.body.id)
      return
    }
    case 'capture':
    case 'refund':
      await client.post(`${path}/${step.act}`, { amount_minor: step.amount }, headers)
      return
    case 'void':
      await client.post(`${path}/void`, {}, headers)
      return
    case 'dispute':
      await client.post(`${path}/disputes`, { reason: 'other' }, headers)
      return
    case 'answer': {
      const { body } = await client.get(`${path}/disputes`, headers)
      const text = step.amount % 2 === 0 ? 'winning_evidence' : 'ours'
      const dispute = body.data?.at(-1)?.id ?? 'dp_none'
      await client.post(`/gateways/g/disputes/${dispute}/evidence`, { text }, headers)
    }
  }
}

interface Line {
  readonly reference: string
  readonly kind: string
  readonly charge_id: string
  readonly amount_minor: number
  readonly fee_minor: number
  readonly currency: string
}

const sum = (lines: readonly Line[], kind: string) =>
  lines.filter((line) => line.kind === kind).reduce((total, line) => total + line.amount_minor, 0)

async function check(client: Client, made: readonly string[]): Promise<void> {
  const later = { 'x-perennial-now': END }
  const { data, next_cursor } = (await client.get('/gateways/g/movements?limit=1000', later)).body
  assert.equal(next_cursor, null)
  const lines: readonly Line[] = data
  for (const [currency, own] of Map.groupBy(lines, (line) => line.currency)) {
    const netMinor = own.reduce((total, line) => total + line.amount_minor - line.fee_minor, 0)
    assert.equal(netMinor, 0, currency)
  }
  assert.equal(new Set(lines.map(({ reference }) => reference)).size, lines.length)
  for (const id of made) {
    const charge = (await client.get(`/gateways/g/charges/${id}`, later)).body
    const own = lines.filter((line) => line.charge_id === id)
    const isMoved = charge.status === 'succeeded'
    assert.equal(sum(own, 'charge'), isMoved ? charge.captured_minor : 0)
    assert.equal(0 - sum(own, 'refund'), isMoved ? charge.refunded_minor : 0)
    // Nobody gets more of a charge back than it brought.
    const backMinor = own.reduce((total, { amount_minor }) => total + amount_minor, 0)
    // Apart from a debit that the bank takes back whole after a part of it was refunded.
    const twiceMinor = sum(own, 'adjustment') === 0 ? 0 : sum(own, 'refund')
    assert.ok(backMinor >= sum(own, 'fee') + twiceMinor, `${id} lost ${backMinor}`)
  }
  const { data: notices } = (await client.get('/gateways/g/notices?limit=1000', later)).body
  const ids: readonly string[] = notices.map((notice: { readonly id: string }) => notice.id)
  assert.equal(new Set(ids).size, ids.length)
  const times: readonly string[] = notices.map((notice: { readonly time: string }) => notice.time)
  assert.deepEqual(times, times.toSorted())
}

test('whatever is done to charges, each currency is paid out to nothing and no charge gives more than it brought', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const fee = { bps: 290, fixed_minor: 30, per_attempt_minor: 3 }
      const world = plainWorld({ gateways: [plainGateway({ fee, currencies: ['USD', 'EUR'] })] })
      return serve(
        async (client) => {
          const made: string[] = []
          let at = START
          for (const [index, one] of steps.entries()) {
            at += one.wait * 60_000
            await take(client, made, { ...one, at, index })
          }
          await check(client, made)
        },
        { world },
      )
    }),
    { numRuns: 40 },
  ))
