import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addMs, formatInstant, MS_PER_HOUR } from '@perennial/core/time'
import { sha256Hex } from '../../../platform/crypto/index.ts'
import { startTestShop, type TestShop } from '../../../testing/test-card-world.ts'
import { paymentsRoutes } from '../../payments/index.ts'
import { cardUpdateLinksRoutes } from '../index.ts'
import { openClientLink, openCustomerLink } from './open-link.ts'

let shop: TestShop
before(async () => {
  shop = await startTestShop((deps) => [paymentsRoutes(deps), cardUpdateLinksRoutes(deps)])
})
after(() => shop.close())

const create = (body: object, headers: Record<string, string> = {}) =>
  shop.request('POST', '/card-update-links', { body, headers })
const tokenOf = (url: string) => url.split('/').at(-1) ?? ''

test('a link works for 72 hours by real time unless told otherwise, and only a hash of its token is kept', async () => {
  const customer = await shop.createCustomer()
  const now = shop.clock.now()
  const rows = [
    [{}, 72 * MS_PER_HOUR],
    [{ expires_in: 3600 }, MS_PER_HOUR],
  ] as const
  for (const [body, lifetimeMs] of rows) {
    const created = await create({ customer_id: customer, ...body })
    assert.equal(created.status, 201)
    assert.equal(created.at('data.expires_at'), formatInstant(addMs(now, lifetimeMs)))
    const token = tokenOf(created.text('data.url'))
    assert.match(token, /^[0-9A-Za-z]{43}$/)
    const stored = JSON.stringify(
      await shop.database.kysely.selectFrom('card_update_links').select('token_hash').execute(),
    )
    assert.ok(stored.includes(sha256Hex(token)) && !stored.includes(token))
  }
})

test('a repetition under the same key makes no second link and does not tell the address again', async () => {
  const customer = await shop.createCustomer()
  const before = await shop.count('card_update_links')
  const headers = { 'idempotency-key': 'link-once' }
  const first = await create({ customer_id: customer }, headers)
  const again = await create({ customer_id: customer }, headers)
  assert.equal(again.at('data.id'), first.at('data.id'))
  assert.equal(again.at('data.url'), undefined)
  assert.equal(await shop.count('card_update_links'), before + 1)
})

test('a link that nobody could use is refused', async () => {
  const customer = await shop.createCustomer()
  const gone = await shop.createCustomer()
  await shop.request('DELETE', `/customers/${gone}`)
  const before = await shop.count('card_update_links')
  const none = '01890a5d-ac96-774b-bcce-b302099a8057'
  const rows = [
    [{}, 400, 'customer_id'],
    [{ customer_id: none }, 404, 'customer_id'],
    [{ customer_id: gone }, 404, 'customer_id'],
    [{ subscription_id: none }, 404, 'subscription_id'],
    [{ customer_id: customer, expires_in: 59 }, 400, 'expires_in'],
    [{ customer_id: customer, expires_in: 2_592_001 }, 400, 'expires_in'],
  ] as const
  for (const [body, status, param] of rows) {
    const refused = await create(body)
    assert.equal(refused.status, status, JSON.stringify(body))
    assert.equal(refused.at('error.param'), param, JSON.stringify(body))
  }
  assert.equal(await shop.count('card_update_links'), before)
})

test("a customer's link opens on the customer's page alone, and none when its time is over", async () => {
  const created = await create({ customer_id: await shop.createCustomer(), expires_in: 60 })
  const token = tokenOf(created.text('data.url'))
  assert.equal((await openCustomerLink(shop, token)).kind, 'accepted')
  assert.deepEqual(await openClientLink(shop, token), { kind: 'refused', code: 'link_unknown' })
  shop.clock.advanceMs(60_000)
  assert.deepEqual(await openCustomerLink(shop, token), { kind: 'refused', code: 'link_expired' })
})
