import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { serve } from '../testing/client.ts'

const noon = Date.parse('2027-05-03T12:00:00Z')

/** A charge as worlds wrote it before they settled, disputed and listed. */
function charged(sequence: number, what: { readonly status: string; readonly token: string }) {
  const chargeId = `ch_old${sequence}`
  const { status, token } = what
  return {
    kind: 'attempted',
    attempt: {
      sequence,
      outcome: status,
      chargeId,
      account: 'acct_1',
      gatewayId: 'g',
      idempotencyKey: `k${sequence}`,
      token,
      instrument: '',
      amountMinor: 1000,
      currency: 'USD',
      capture: true,
      at: noon,
    },
    charge: {
      id: chargeId,
      status,
      decline: null,
      settlement:
        status === 'pending' ? { at: Date.parse('2027-05-06T12:00:00Z'), returned: null } : null,
      capturedMinor: status === 'pending' ? 0 : 1000,
      refundedMinor: 0,
      isVoided: false,
      description: null,
      metadata: null,
    },
    history: null,
  }
}

const refund = {
  id: 're_old1',
  chargeId: 'ch_old1',
  account: 'acct_1',
  gatewayId: 'g',
  idempotencyKey: 'r1',
  amountMinor: 400,
  currency: 'USD',
  at: noon,
}

const lines = [
  { kind: 'opened', salt: '00' },
  charged(1, { status: 'succeeded', token: 'tok_visa' }),
  { kind: 'refunded', refund },
  charged(2, { status: 'pending', token: 'tok_ach' }),
]

test('a journal of an older world is read, settled, listed and paid out like a new one', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'world-'))
  const journal = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(join(stateDir, 'journal.jsonl'), journal)
  try {
    await serve(
      async (client) => {
        const later = {
          'x-perennial-account': 'acct_1',
          'x-perennial-now': '2027-06-01T00:00:00Z',
        }
        const first = (await client.get('/gateways/g/charges/ch_old1', later)).body
        assert.deepEqual([first.status, first.refunded_minor], ['succeeded', 400])
        const found = await client.get('/gateways/g/charges/ch_old1/refunds/by-key/r1', later)
        assert.equal(found.body.status, 'succeeded')
        const { data } = (await client.get('/gateways/g/movements', later)).body
        assert.deepEqual(
          data.map((line: { kind: string; amount_minor: number; time: string }) =>
            [line.time.slice(0, 10), line.kind, line.amount_minor].join(' '),
          ),
          [
            '2027-05-04 charge 1000',
            '2027-05-04 refund -400',
            '2027-05-06 payout -541',
            '2027-05-06 charge 1000',
            '2027-05-10 payout -941',
          ],
        )
      },
      { stateDir },
    )
  } finally {
    rmSync(stateDir, { recursive: true })
  }
})
