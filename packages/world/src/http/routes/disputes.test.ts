import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, serve } from '../../testing/client.ts'

const at = (now: string) => ({ 'x-perennial-now': now })

async function disputeOf(client: Client, charge: string, now: string) {
  const { body } = await client.get(`/gateways/g/charges/${charge}/disputes`, at(now))
  return body.data.at(-1)
}

type Step = readonly [now: string, act: string, status: string]

/** A charge of 1 May, noon; what is done to its dispute, and how it then stands. */
const lives: readonly (readonly [what: string, token: string, steps: readonly Step[]])[] = [
  [
    'is lost when its deadline passes without evidence',
    'tok_dispute_product_not_received',
    [
      ['2027-05-06T11:59:59Z', 'look', 'none'],
      ['2027-05-06T12:00:00Z', 'look', 'needs_response'],
      ['2027-05-20T11:59:59Z', 'look', 'needs_response'],
      ['2027-05-20T12:00:00Z', 'look', 'lost'],
      ['2027-05-20T12:00:00Z', 'evidence winning_evidence', '409 dispute_closed'],
    ],
  ],
  [
    'is won with winning evidence, five days after it was given',
    'tok_dispute_fraudulent',
    [
      ['2027-05-08T12:00:00Z', 'evidence the winning_evidence', 'under_review'],
      ['2027-05-08T13:00:00Z', 'evidence the winning_evidence', 'under_review'],
      ['2027-05-08T13:00:00Z', 'evidence something else', '409 evidence_given'],
      ['2027-05-13T11:59:59Z', 'look', 'under_review'],
      ['2027-05-13T12:00:00Z', 'look', 'won'],
      ['2027-05-13T12:00:00Z', 'withdraw', '409 dispute_closed'],
    ],
  ],
  [
    'is lost with losing evidence',
    'tok_dispute_duplicate',
    [
      ['2027-05-08T12:00:00Z', 'evidence losing_evidence', 'under_review'],
      ['2027-05-13T12:00:00Z', 'look', 'lost'],
    ],
  ],
  [
    'is lost at once when it is accepted',
    'tok_dispute_other',
    [
      ['2027-05-08T12:00:00Z', 'accept', 'lost'],
      ['2027-05-08T12:00:00Z', 'accept', 'lost'],
    ],
  ],
  [
    'is withdrawn by the cardholder, under review too',
    'tok_dispute_unrecognized',
    [
      ['2027-05-08T12:00:00Z', 'evidence ours', 'under_review'],
      ['2027-05-09T12:00:00Z', 'withdraw', 'withdrawn'],
    ],
  ],
  [
    'is an inquiry that closes unanswered',
    'tok_inquiry_other',
    [
      ['2027-05-06T12:00:00Z', 'look', 'warning_needs_response'],
      ['2027-05-20T12:00:00Z', 'look', 'warning_closed'],
    ],
  ],
  [
    'is an early warning, and then a chargeback',
    'tok_early_warning',
    [
      ['2027-05-03T12:00:00Z', 'look', 'warning_needs_response'],
      ['2027-05-03T12:00:00Z', 'evidence x', '409 evidence_not_wanted'],
      ['2027-05-15T12:00:00Z', 'look', 'needs_response'],
    ],
  ],
]

for (const [what, token, steps] of lives) {
  test(`a dispute ${what}`, () =>
    serve(async (client) => {
      const { id } = (await client.charge(token)).body
      for (const [now, act, status] of steps) {
        const found = await disputeOf(client, id, now)
        const [name = '', ...text] = act.split(' ')
        if (name === 'look') {
          assert.equal(found?.status ?? 'none', status, now)
          continue
        }
        const body = name === 'evidence' ? { text: text.join(' ') } : {}
        const path = `/gateways/g/disputes/${found.id}/${name}`
        const reply = await client.post(path, body, at(now))
        const told = reply.status === 200 ? reply.body.status : `409 ${reply.body.error.code}`
        assert.equal(told, status, `${now} ${act}`)
      }
    }))
}

test('a charge that was given back whole is not disputed, and one in dispute is not given back', () =>
  serve(async (client) => {
    const refunded = (await client.charge('tok_dispute_fraudulent')).body.id
    const headers = { ...at('2027-05-02T00:00:00Z'), 'idempotency-key': 'r' }
    await client.post(`/gateways/g/charges/${refunded}/refund`, {}, headers)
    assert.equal(await disputeOf(client, refunded, '2027-06-01T00:00:00Z'), undefined)
    const disputed = (await client.charge('tok_dispute_fraudulent')).body.id
    const late = { ...at('2027-05-07T00:00:00Z'), 'idempotency-key': 'r2' }
    const reply = await client.post(`/gateways/g/charges/${disputed}/refund`, {}, late)
    assert.equal(reply.body.error.code, 'charge_disputed')
  }))

test('a dispute is opened by hand, for a part, at the newest time that the account has shown', () =>
  serve(async (client) => {
    const { id } = (await client.charge('tok_visa', { now: '2027-05-01T12:00:00Z' })).body
    const path = `/gateways/g/charges/${id}/disputes`
    const { body } = await client.post(path, { reason: 'duplicate', amount_minor: 300 })
    assert.deepEqual(
      [body.status, body.amount_minor, body.fee_minor, body.opened_at, body.evidence_due_at],
      ['needs_response', 300, 1500, '2027-05-01T12:00:00.000Z', '2027-05-15T12:00:00.000Z'],
    )
    const wrong = await client.post(path, { reason: 'boredom' })
    assert.equal(wrong.body.error.code, 'body_invalid')
    const other = { 'x-perennial-account': 'acct_2' }
    const hidden = await client.get(`/gateways/g/disputes/${body.id}`, other)
    assert.equal(hidden.body.error.code, 'dispute_not_found')
  }))
