import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { UTC } from '@perennial/core/time'
import {
  createApiClient,
  startHouse,
  type ApiClient,
  type House,
} from '@perennial/testkit/scenario'
import { loadScope } from '../run/worker.ts'
import { contextOf } from '../scope.ts'
import { answerDispute } from './answer-dispute.ts'

let house: House
let api: ApiClient
let path: string
let accountId: Uuid

before(async () => {
  house = await startHouse()
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  api = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
  await api.post('/test-clock/advance', { to: '2027-01-31T09:00:00Z' })
  accountId = sandbox.accountId
  path = await openDispute()
})
after(() => house.close())

/** Of a payment of today's; six days pass until it is told. */
async function openDispute(email = 'ada@example.com'): Promise<string> {
  const customer = await api.post('/customers', { email, name: 'Ada' })
  const customer_id = customer.text('data.id')
  const token = 'tok_dispute_fraudulent'
  const method = await api.post('/payment-methods', { customer_id, type: 'card', token })
  const intent = { amount: 4900, customer: customer_id, payment_method: method.text('data.id') }
  const { id } = (await api.post('/payment-intents', intent)).body as { id: string } // the API's own answer
  await api.post(`/payment-intents/${id}/confirm`)
  await api.post('/test-clock/advance', { days: 6 })
  return `/disputes/${(await api.get('/disputes/open')).text('data.0.id')}`
}

const base64 = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('base64')
const file = (content_type: string, content_base64: string, name = 'a') => ({
  files: [{ name, content_type, content_base64 }],
})

const REFUSED: readonly (readonly [name: string, body: object, status: number, param?: string])[] = [
  ['nothing', {}, 400, 'text'],
  ['blanks', { text: '  ' }, 400, 'text'],
  ['a text that is too long', { text: 'x'.repeat(20_001) }, 400, 'text'],
  ['a film', file('video/mp4', base64('film')), 400, 'files.0.content_type'],
  ['a picture that says it is a document', file('application/pdf', base64('\x89PNG', 'latin1')), 400, 'files[0].content_base64'],
  ['a document that says it is a picture', file('image/png', base64('%PDF-1.4')), 400, 'files[0].content_base64'],
  ['no base64', file('text/plain', '!!!!'), 400, 'files[0].content_base64'],
  ['a file without a name', file('text/plain', base64('x'), ''), 400],
  ['more than 8 MB', file('text/plain', 'a'.repeat(9_000_000)), 413],
] // prettier-ignore

for (const [name, body, status, param] of REFUSED) {
  test(`${name} is no evidence, and nothing is kept`, async () => {
    const answer = await api.call('POST', `${path}/evidence`, { body })
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    if (param !== undefined && !param.startsWith('files.0'))
      assert.equal(answer.at('error.param'), param)
    assert.deepEqual((await api.get(`${path}/evidence`)).at('data'), [])
  })
}

test('a dispute names its payment as the payment names itself', async () => {
  const paymentId = (await api.get(path)).text('data.payment_id')
  assert.equal((await api.get(`/payments/${paymentId}`)).at('id'), paymentId)
  assert.equal((await api.get(`/disputes?payment_id=${paymentId}`)).at('meta.total'), 1)
})

test('a dispute of another merchant is not there', async () => {
  const other = await house.createMerchant({ timezone: UTC })
  const headers = { 'x-api-key': other.sandbox.apiKey }
  for (const [method, rest] of [
    ['GET', ''],
    ['GET', '/evidence'],
    ['POST', '/submit'],
    ['POST', '/accept'],
  ] as const) {
    const answer = await api.call(method, `${path}${rest}`, { headers })
    assert.equal(answer.status, 404, `${method} ${rest}`)
  }
})

test('before there is evidence, none can be handed in', async () => {
  const answer = await api.call('POST', `${path}/submit`)
  assert.deepEqual([answer.status, answer.at('error.param')], [400, 'text'])
})

test('a file is kept as it came, and comes back as it was', async () => {
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7 '), Buffer.from([0, 255, 10, 13, 128])])
  await api.post(
    `${path}/evidence`,
    file('application/pdf', bytes.toString('base64'), 'Beleg ü.pdf'),
  )
  const kept = await api.get(`${path}/evidence`)
  assert.deepEqual([kept.at('data.0.name'), kept.at('data.0.size_bytes')], ['Beleg ü.pdf', 14])
  const url = `${api.url}/v2${path}/evidence/${kept.text('data.0.id')}/content`
  const response = await fetch(url, { headers: { 'x-api-key': api.apiKey } })
  assert.equal(response.headers.get('content-type'), 'application/pdf')
  assert.match(
    response.headers.get('content-disposition') ?? '',
    /^attachment; filename\*=UTF-8''Beleg/,
  )
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes)
})

test('evidence is handed in once, and after that nothing can be added', async () => {
  const answer = await api.post(`${path}/evidence`, { text: 'losing_evidence', submit: true })
  assert.equal(answer.at('data.status'), 'under_review')
  const again = await api.call('POST', `${path}/submit`)
  const more = await api.call('POST', `${path}/evidence`, { body: { text: 'and another thing' } })
  assert.deepEqual([again.status, more.status], [409, 409])
  await api.post('/test-clock/advance', { days: 6 })
  assert.deepEqual((await api.get(path)).at('data.resolution'), 'lost')
  const late = await api.call('POST', `${path}/accept`)
  assert.equal(late.status, 409)
})

test('evidence that is added while an answer is on its way does not count as handed in', async () => {
  const own = await openDispute('own@example.com')
  await api.post(`${own}/evidence`, { text: 'handed in' })
  const { billing } = house.service
  const portOf: typeof billing.gateways.portOf = async (account, gatewayId) => {
    const found = await billing.gateways.portOf(account, gatewayId)
    const submit = found.port.submitEvidence ?? assert.fail('this gateway takes evidence')
    const submitEvidence: typeof submit = async (evidence) => {
      await api.post(`${own}/evidence`, { text: 'too late' })
      return submit(evidence)
    }
    return { ...found, port: { ...found.port, submitEvidence } }
  }
  const deps = { ...billing, gateways: { ...billing.gateways, portOf } }
  const scope = { ...(await loadScope(billing, accountId)), runId: null }
  const decoded = decodeId('dispute', own.replace('/disputes/', ''))
  assert.ok(decoded.kind === 'ok')
  const context = contextOf(deps, scope, scope.clockHeldAt ?? house.clock.now())
  const asked = { disputeId: decoded.id, answer: 'submit' } as const
  assert.equal((await answerDispute(deps, context, asked)).kind, 'accepted')
  const kept = (await api.get(`${own}/evidence`)).at('data') as readonly { readonly submitted_at: string | null }[] // prettier-ignore
  assert.deepEqual(
    kept.map((piece) => piece.submitted_at !== null),
    [true, false],
  )
})
