import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
let workDone = 0
before(async () => {
  const beforeMove = async () => {
    workDone += 1
  }
  shop = await startBillingShop({ beforeMove })
})
after(() => shop.close())

const advance = (to: string, apiKey = shop.account.sandbox.apiKey) =>
  shop.request('POST', '/test-clock/advance', { body: { to }, apiKey })

test('a move that is refused does no work', async () => {
  assert.equal((await advance('2099-01-01T00:00:00Z', shop.account.live.apiKey)).status, 403)
  assert.equal((await advance('2001-01-01T00:00:00Z')).status, 400)
  assert.equal(workDone, 0)
})

test('a move of more than ten years is refused', async () => {
  const { now } = (await shop.request('GET', '/test-clock')).at('data') as { now: string }
  const year = Number(now.slice(0, 4)) + 11
  const moves: readonly (readonly [body: object, param: string])[] = [
    [{ to: now.replace(/^..../, String(year)) }, 'to'],
    [{ days: 3_654 }, 'days'],
    [{ seconds: 3_653 * 86_400 + 1 }, 'seconds'],
  ]
  for (const [body, param] of moves) {
    const refused = await shop.request('POST', '/test-clock/advance', { body })
    assert.deepEqual([refused.status, refused.at('error.param')], [400, param])
  }
  assert.equal(workDone, 0)
})

test('what is to be done before a move is done before what falls due on the way', async () => {
  const { now } = (await shop.request('GET', '/test-clock')).at('data') as { now: string }
  assert.equal((await advance(now)).status, 200)
  assert.equal(workDone, 1)
})
