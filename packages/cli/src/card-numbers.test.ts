// Numbers of cards and accounts pass through the service's memory and reach nothing that stays: neither its log, nor a
// mail or webhook that waits, nor any file of its data folder, the database's own files among them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeId } from '@perennial/core/ids'
import { toCode } from '../../server/src/compat/revcent/wire/codes.ts'
import { callApi, readCredentials, useDataFolder } from './testing/service-process.ts'

const NUMBER = '4012888888881881'
const ACCOUNT_NUMBER = '31926819'
/** As people write it, and as a program may have cut it up. */
const FORMS = [
  NUMBER,
  '4012 8888 8888 1881',
  '4012-8888-8888-1881',
  NUMBER.slice(6),
  ACCOUNT_NUMBER,
]

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return []
    return found.isDirectory() ? filesUnder(path) : found.isFile() ? [path] : []
  })
}

test('numbers that were sent through any door are in no log, no mail, no message and no file', async () => {
  const { dataDir, start } = useDataFolder()
  const service = start({ LOG_LEVEL: 'debug' })
  await service.ready()
  const { sandbox } = readCredentials(dataDir)
  const post = async (path: string, body: object) => callApi(service, dataDir, { path, body })
  const idIn = (answer: { readonly body: unknown }): string => {
    const id = /"id":"([^"]+)"/.exec(JSON.stringify(answer.body))?.[1]
    assert.ok(id !== undefined, JSON.stringify(answer.body))
    return id
  }
  const customer = idIn(await post('/v2/customers', { name: 'Ada', email: 'ada@example.com' }))
  const hook = { url: 'http://127.0.0.1:9/hook', events: ['*'] }
  await post('/v2/webhook-endpoints', hook)

  // Through the gateway's own door, as a browser would, and attached: what comes of it is kept.
  const account = decodeId('account', sandbox.account_id)
  assert.ok(account.kind === 'ok')
  const gateways = await callApi(service, dataDir, { path: '/v2/gateways' })
  const code = /"code":"([^"]+)"/.exec(JSON.stringify(gateways.body))?.[1] ?? ''
  const minted = await fetch(`${worldUrl(dataDir)}/gateways/${code}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-perennial-account': account.id },
    body: JSON.stringify({ number: NUMBER, exp_month: 1, exp_year: 2031, cvc: '987' }),
  })
  const told = await minted.text()
  const token = /"token":"([^"]+)"/.exec(told)?.[1]
  assert.ok(token !== undefined, told)
  const attached = await post('/v2/payment-methods', {
    customer_id: customer,
    token,
    gateway: code,
  })
  assert.equal(attached.status, 201, JSON.stringify(attached.body))

  const doors: readonly (readonly [string, object])[] = [
    ['/v2/payment-methods', { customer_id: customer, token: NUMBER }],
    ['/v2/payment-methods', { customer_id: customer, token, card: { number: NUMBER } }],
    ['/v2/setup-intents', { customer_id: customer, description: NUMBER }],
    ['/v2/charges', { customerId: customer, amountMinor: 5, description: 'x', card: NUMBER }],
    [`/v2/payment-methods?${NUMBER}=1`, { customer_id: customer, token: 'tok_visa' }],
    [`/v2/payment-methods?number=${NUMBER}`, { customer_id: customer, token: 'tok_visa' }],
    ['/v2/dd/validate', { sortCode: '20-00-00', accountNumber: ACCOUNT_NUMBER }],
    ['/v2/mandates', mandate(customer)],
    ['/v2/nothing-here', { number: NUMBER }],
    ['/api/recovery/execute', { gatewayToken: NUMBER, number: NUMBER }],
  ]
  for (const [path, body] of doors) {
    const answer = await post(path, body)
    assert.ok(answer.status < 500, `${path}: ${JSON.stringify(answer.body)}`)
    assert.deepEqual(formsIn(JSON.stringify(answer.body)), [], path)
  }
  // Two doors take numbers and keep the card: what they did is done, and the number is not there.
  const knock = doorsWithNumbers(service.url, sandbox)
  const vaulted = await knock.revolv3('/api/PaymentMethod', {
    priority: 0,
    billingFirstName: 'Ada',
    billingLastName: 'Byron',
    creditCard: { paymentAccountNumber: NUMBER, expirationDate: '0131', securityCode: '987' },
  })
  assert.equal(vaulted.status, 200, vaulted.text)
  assert.match(vaulted.text, /"paymentMethodId":/)
  const decoded = decodeId('customer', customer)
  assert.ok(decoded.kind === 'ok')
  const added = await knock.revcent(`/revcent/v2/customers/${toCode(decoded.id)}/add_card`, {
    credit_card: { card_number: NUMBER, exp_month: 1, exp_year: 31, card_code: '987' },
    set_default: true,
  })
  assert.equal(added.status, 200, added.text)
  assert.match(added.text, /"customer_card_id":"/)
  for (const { text } of [vaulted, added]) assert.deepEqual(formsIn(text), [])
  const malformed = await fetch(`${service.url}/v2/payment-methods`, {
    method: 'POST',
    headers: { 'x-api-key': sandbox.api_key, 'content-type': 'application/json' },
    body: `{"card": {"number": "${NUMBER}"`,
  })
  assert.deepEqual([malformed.status, formsIn(await malformed.text())], [400, []])
  const { stdout, stderr } = await service.stop()

  assert.ok(stdout.length + stderr.length > 200, 'the service logged what it did')
  assert.deepEqual(formsIn(stdout + stderr), [], 'log')
  const files = filesUnder(dataDir)
  assert.ok(
    files.some((file) => file.includes('base')),
    'the files of the database are among them',
  )
  let last4 = 0
  for (const file of files) {
    const text = readFileSync(file, 'latin1')
    assert.deepEqual(formsIn(text), [], file)
    if (text.includes(NUMBER.slice(-4))) last4 += 1
  }
  assert.ok(last4 > 0, 'what is kept of a card is found, so numbers would be too')
})

type Sandbox = ReturnType<typeof readCredentials>['sandbox']

/** The faces of other platforms, each with a key of its own. */
function doorsWithNumbers(url: string, sandbox: Sandbox) {
  const speak =
    (headers: Readonly<Record<string, string>>) => async (path: string, body?: object) => {
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const answer = await fetch(url + path, {
        ...sent,
        headers: { ...headers, ...type, connection: 'close' },
      })
      return { status: answer.status, text: await answer.text() }
    }
  return {
    revolv3: speak({ 'x-revolv3-token': sandbox.revolv3_token }),
    revcent: speak({ 'x-api-key': sandbox.revcent_api_key }),
  }
}

function formsIn(text: string): string[] {
  return FORMS.filter((form) => text.includes(form))
}

function mandate(customerId: string) {
  return {
    customerId,
    accountHolderName: 'Ada Lovelace',
    sortCode: '200000',
    accountNumber: ACCOUNT_NUMBER,
    acceptance: {
      acceptedAt: new Date().toISOString(),
      payerAddress: { line1: '1 Street', city: 'London', postal_code: 'E1 1AA', country: 'GB' },
      declarations: { authorised: true },
      guaranteeVersion: '2024-01',
    },
  }
}

function worldUrl(dataDir: string): string {
  return `http://127.0.0.1:${readFileSync(join(dataDir, 'world/port'), 'utf8').trim()}`
}
