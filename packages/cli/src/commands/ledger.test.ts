import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeId } from '@perennial/core/ids'
import { UTC } from '@perennial/core/time'
import { createApiClient, startHouse } from '@perennial/testkit/scenario'

const CLI = join(import.meta.dirname, '../main.ts')
const house = await startHouse()
after(() => house.close())
const { sandbox } = await house.createMerchant({ timezone: UTC })
const api = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
const ACCOUNT = encodeId('account', sandbox.accountId)

function run(...words: readonly string[]) {
  const env = { ...process.env, DATABASE_URL: house.databaseUrl }
  return spawnSync(process.execPath, [CLI, 'ledger', ...words], { env, encoding: 'utf8' })
}

/** 1,000 yen by invoice, paid in cash, and given back in part. */
async function sell(): Promise<string> {
  const customer = await api.post('/customers', { email: 'ada@example.com', name: 'Ada' })
  const wanted = { customer_uuid: customer.text('data.id'), total_minor: 1000, currency: 'JPY' }
  const invoice = await api.post('/invoices', wanted)
  const id = invoice.text('data.id')
  await api.post(`/invoices/${id}/finalize`)
  await api.post(`/invoices/${id}/pay`, { payment_method: 'cash' })
  return id
}

test('the ledger tells balances, and the transfers of an invoice or a payment', async () => {
  assert.match(run('--account', ACCOUNT).stdout, /Nothing is booked\./)
  const id = await sell()
  const balances = run('--account', ACCOUNT)
  assert.equal(balances.stderr, '')
  assert.match(balances.stdout, /^ {2}bank +JPY +1000 +0 +1000$/m)
  assert.match(balances.stdout, /^ {2}receivable +JPY +1000 +1000 +0$/m)
  assert.match(balances.stdout, /^ {2}revenue +JPY +0 +1000 +1000$/m)

  const told = run('--of', id)
  assert.match(told.stdout, /^1 +\S+\+00:00 +receivable +revenue +JPY 1000 +invoice_issued$/m)
  assert.match(told.stdout, /^2 +\S+\+00:00 +bank +receivable +JPY 1000 +sale$/m)
  const json: { transfers: readonly { kind: string; invoice_id: string }[] } = JSON.parse(run('--of', id, '--json').stdout) // prettier-ignore
  assert.deepEqual(
    json.transfers.map(({ kind, invoice_id }) => [kind, invoice_id]),
    [['invoice_issued', id], ['sale', id]],
  ) // prettier-ignore

  const paid = await api.get(`/transactions?invoice_id=${id}`)
  const own = run('--of', paid.text('data.0.id')).stdout.split('\n')
  assert.equal(own.length, 3)
  assert.match(own[1] ?? '', /bank +receivable +JPY 1000 +sale$/)
})

for (const [words, sentence] of [
  [['--of', 'cus_01h455vb4pex5vsknk084sn02q'], /is the id of no invoice and no transaction/],
  [['--of', 'inv_x'], /is the id of no invoice and no transaction/],
  [['--of', 'inv_01h455vb4pex5vsknk084sn02q'], /^there is no invoice inv_01h455/i],
  [['--account', 'mine'], /is no account id/],
] as const)
  test(`ledger ${words.join(' ')} is refused in a sentence`, () => {
    const { status, stderr } = run(...words)
    assert.equal(status, 1)
    assert.match(stderr, sentence)
  })
