import assert from 'node:assert/strict'
import { freshToken, story, type Biller } from './biller.ts'

/** Every field that the published documentation names (spec/revtain.md 4.3, 5, 9.3, 12, 16.1), and none of those that we add. */
const DOCUMENTED = {
  200: ['success', 'message', 'error', 'transactionId', 'strategyUsed', 'gatewaysAttempted', 'recoveryEngineApplied', 'ai', 'cardUpdateUrl'],
  202: ['message', 'status'],
  403: ['error', 'declineCode', 'action'],
  409: ['error', 'message', 'existingTransactionId', 'existingStatus'],
  status: ['transactionId', 'status', 'recovered', 'amount', 'currency', 'recoveredAt', 'strategyUsed', 'attemptCount', 'lastDeclineCode', 'recommendedAction'],
  'recovery.success': ['event', 'revtainTransactionId', 'gatewayTransactionToken', 'amount', 'currency', 'message', 'strategyUsed', 'trigger'],
  'recovery.failed': ['event', 'revtainTransactionId', 'recommendedAction', 'trigger'],
  'recovery.blocked': ['event', 'recommendedAction'],
} as const satisfies Readonly<Record<string, readonly string[]>> // prettier-ignore

type Fields = Readonly<Record<string, unknown>>

/** An answer as a client sees it from which everything else was deleted. */
function documented(kind: string | number, body: unknown): Fields {
  const names: Readonly<Record<string, readonly string[]>> = DOCUMENTED
  const kept = names[kind] ?? []
  return Object.fromEntries(Object.entries(Object(body)).filter(([name]) => kept.includes(name)))
}

/** What a client makes of a hand-over that it knows nothing else of. */
async function settle(biller: Biller, invoice: string, body: object): Promise<string> {
  const answer = await biller.execute({ ...body, idempotencyKey: invoice })
  const told = documented(answer.status, answer.body)
  switch (answer.status) {
    case 200:
      if (told['success'] === true) return 'paid'
      return told['cardUpdateUrl'] === undefined ? 'not paid' : 'ask for a card'
    case 202:
      return 'wait'
    case 403:
      return String(told['action'])
    case 409:
      return `known: ${String(told['existingStatus'])}`
    default:
      return `${answer.status}`
  }
}

story('a client that reads the documented fields alone learns all that it needs', async (world, biller) => {
  const charge = (more: object) => ({ paymentMethodToken: freshToken(), amount: 5000, ...more })
  const waits = charge({ originalDeclineCode: 'insufficient_funds' })
  assert.equal(await settle(biller, 'a', charge({ originalDeclineCode: 'do_not_honor' })), 'paid')
  assert.equal(await settle(biller, 'b', waits), 'wait')
  assert.equal(await settle(biller, 'b', waits), 'known: unknown')
  assert.equal(await settle(biller, 'c', charge({ originalDeclineCode: 'fraudulent' })), 'blocked')
  assert.equal(await settle(biller, 'd', charge({ originalDeclineCode: 'invalid_account' })), 'not paid')
  assert.equal(await settle(biller, 'e', charge({ originalDeclineCode: 'expired_card', customerPresent: true })), 'ask for a card')

  const statusOf = async (invoice: string): Promise<Fields> => {
    const answer = await biller.call('GET', `/api/recovery/status?idempotencyKey=${invoice}`)
    return documented('status', answer.body)
  }
  const hooks = async () => (await biller.hooks()).map(({ event, raw }) => documented(event, JSON.parse(raw)))
  const events = await hooks()
  assert.deepEqual(
    events.map((event) => `${String(event['event'])} ${String(event['recommendedAction'])}`).toSorted(),
    [
      'recovery.blocked manual_review',
      'recovery.failed request_card_update',
      'recovery.failed request_card_update',
      'recovery.success undefined',
    ],
  )
  assert.deepEqual(await statusOf('b').then(({ status, recommendedAction }) => [status, recommendedAction]), ['unknown', 'monitor'])

  await world.api.post('/test-clock/advance', { days: 21 })
  const later = await hooks()
  const { transactionId, status, recovered, amount } = await statusOf('b')
  assert.deepEqual([status, recovered, amount], ['succeeded', true, 5000])
  assert.deepEqual(later.map((event) => [event['event'], event['revtainTransactionId'], event['amount']]), [['recovery.success', transactionId, 5000]])
}) // prettier-ignore
