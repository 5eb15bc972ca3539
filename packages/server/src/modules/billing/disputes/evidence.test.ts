import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import type { GatewayPort } from '@perennial/core/payments'
import { UTC } from '@perennial/core/time'
import {
  createApiClient,
  startHouse,
  type ApiClient,
  type House,
} from '@perennial/testkit/scenario'
import { loadScope } from '../load/load-scope.ts'
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
async function openDispute(
  email = 'ada@example.com',
  token = 'tok_dispute_fraudulent',
): Promise<string> {
  const customer = await api.post('/customers', { email, name: 'Ada' })
  const customer_id = customer.text('data.id')
  const method = await api.post('/payment-methods', { customer_id, type: 'card', token })
  const intent = { amount: 4900, customer: customer_id, payment_method: method.text('data.id') }
  const { id } = (await api.post('/payment-intents', intent)).body as { id: string } // the API's own answer
  await api.post(`/payment-intents/${id}/confirm`)
  await api.post('/test-clock/advance', { days: 6 })
  return `/disputes/${(await api.get('/disputes')).text('data.0.id')}`
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
    ['DELETE', '/evidence/dspev_00000000000000000000000000'],
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

test('what its gateway would not take beside what is kept is refused at once, by its own limit', async () => {
  const own = await openDispute('limits@example.com')
  await api.post(`${own}/evidence`, { text: 'x'.repeat(15_000) })
  const more = await api.call('POST', `${own}/evidence`, { body: { text: 'y'.repeat(5_000) } })
  assert.deepEqual([more.status, more.at('error.param')], [422, 'text'])
  assert.match(
    more.text('error.message'),
    /takes 20000 characters of text in all, and this makes 20002/,
  )
  assert.equal((await api.get(`${own}/evidence`)).at('data.length'), 1)
})

test('a piece is taken out until it is handed in', async () => {
  const own = await openDispute('removal@example.com')
  await api.post(`${own}/evidence`, { text: 'a draft' })
  const pieceOf = async () => (await api.get(`${own}/evidence`)).text('data.0.id')
  const draft = await pieceOf()
  const removed = await api.call('DELETE', `${own}/evidence/${draft}`)
  assert.deepEqual([removed.status, removed.at('data')], [200, { id: draft, deleted: true }])
  assert.equal((await api.call('DELETE', `${own}/evidence/${draft}`)).status, 404)
  assert.equal((await api.call('POST', `${own}/submit`)).status, 400)
  await api.post(`${own}/evidence`, { text: 'the answer', submit: true })
  assert.equal((await api.call('DELETE', `${own}/evidence/${await pieceOf()}`)).status, 409)
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

type Submit = NonNullable<GatewayPort['submitEvidence']>

/** Hands the evidence in through a gateway that does something else meanwhile, or instead. */
async function submitThrough(own: string, around: (submit: Submit) => Submit) {
  const { billing } = house.service
  const portOf: typeof billing.gateways.portOf = async (account, gatewayId) => {
    const found = await billing.gateways.portOf(account, gatewayId)
    const submit = found.port.submitEvidence ?? assert.fail('this gateway takes evidence')
    return { ...found, port: { ...found.port, submitEvidence: around(submit) } }
  }
  const deps = { ...billing, gateways: { ...billing.gateways, portOf } }
  const scope = { ...(await loadScope(billing, accountId)), runId: null }
  const decoded = decodeId('dispute', own.replace('/disputes/', ''))
  assert.ok(decoded.kind === 'ok')
  const context = contextOf(deps, scope, scope.clockHeldAt ?? house.clock.now())
  return answerDispute(deps, context, { disputeId: decoded.id, answer: 'submit' })
}

async function isHandedIn(own: string): Promise<boolean[]> {
  const kept = (await api.get(`${own}/evidence`)).at('data') as readonly { readonly submitted_at: string | null }[] // prettier-ignore
  return kept.map((piece) => piece.submitted_at !== null)
}

test('evidence that is added while an answer is on its way does not count as handed in', async () => {
  const own = await openDispute('own@example.com')
  await api.post(`${own}/evidence`, { text: 'handed in' })
  const answered = await submitThrough(own, (submit) => async (evidence) => {
    await api.post(`${own}/evidence`, { text: 'too late' })
    return submit(evidence)
  })
  assert.equal(answered.kind, 'accepted')
  assert.deepEqual(await isHandedIn(own), [true, false])
})

test('evidence that is taken out while it is on its way is kept as handed in', async () => {
  const own = await openDispute('out@example.com')
  await api.post(`${own}/evidence`, { text: 'handed in' })
  const id = (await api.get(`${own}/evidence`)).text('data.0.id')
  const answered = await submitThrough(own, (submit) => async (evidence) => {
    const answer = await submit(evidence)
    assert.equal((await api.call('DELETE', `${own}/evidence/${id}`)).status, 200)
    return answer
  })
  assert.equal(answered.kind, 'accepted')
  assert.equal((await api.get(`${own}/evidence`)).at('data.0.id'), id)
  assert.deepEqual(await isHandedIn(own), [true])
})

test('the same pieces are the same answer, and others are another', async () => {
  const own = await openDispute('keys@example.com')
  const keys: string[] = []
  const lose = () =>
    submitThrough(own, () => async ({ idempotencyKey }) => {
      keys.push(idempotencyKey)
      return { kind: 'unknown', cause: 'no answer' }
    })
  await api.post(`${own}/evidence`, { text: 'one' })
  await api.post(`${own}/evidence`, { text: 'two' })
  await lose()
  await lose()
  const first = (await api.get(`${own}/evidence`)).text('data.0.id')
  await api.call('DELETE', `${own}/evidence/${first}`)
  await lose()
  assert.equal(keys[0], keys[1])
  assert.notEqual(keys[1], keys[2])
})

test('what a gateway refuses is not kept where it was added and submitted at once', async () => {
  const own = await openDispute('refused@example.com')
  const { gateway_dispute_id } = (await api.get(own)).at('data') as { gateway_dispute_id: string }
  await fetch(`${house.worldUrl}/gateways/amber/disputes/${gateway_dispute_id}/accept`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-perennial-account': accountId,
      'x-perennial-now': (await api.get('/test-clock')).text('data.now'),
    },
    body: '{}',
  })
  const body = { text: 'Delivered.', submit: true }
  assert.equal((await api.call('POST', `${own}/evidence`, { body })).status, 422)
  assert.deepEqual((await api.get(`${own}/evidence`)).at('data'), [])
})

test('an answered warning waits for no evidence, whatever its status', async () => {
  const own = await openDispute('warned@example.com', 'tok_inquiry_unrecognized')
  const id = (await api.get(own)).text('data.id')
  const listed = async (needs: boolean) => {
    const all = (await api.get(`/disputes?needs_evidence=${needs}&limit=100`)).at('data')
    return (all as readonly { readonly id: string }[]).some((dispute) => dispute.id === id)
  }
  assert.deepEqual([await listed(true), await listed(false)], [true, false])
  await api.post(`${own}/evidence`, { text: 'Known to the customer.' })
  const status = 'warning_needs_response'
  await submitThrough(own, () => async () => ({ kind: 'accepted', status }))
  assert.deepEqual([await listed(true), await listed(false)], [false, true])
  const shown = await api.get(own)
  assert.deepEqual([shown.at('data.status'), shown.at('data.days_until_due')], [status, null])
})
