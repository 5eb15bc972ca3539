import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { MS_PER_DAY } from '@perennial/core/time'
import Stripe from 'stripe'
import { createKeyRing, randomToken } from '../../../platform/crypto/index.ts'
import { createGatewayFactory } from '../../../service.ts'
import { type ShopDeps, type TestShop, startTestShop } from '../../../testing/test-card-world.ts'
import { createGatewayDirectory, paymentsRoutes } from '../index.ts'

let shop: TestShop
let deps: ShopDeps
before(async () => {
  shop = await startTestShop((given) => {
    deps = given
    return [paymentsRoutes(given)]
  })
})
after(() => shop.close())

const FIRST_SECRET = 'whsec_first0123456789'
const SECOND_SECRET = 'whsec_second0123456789'

async function connect(name: string): Promise<string> {
  const made = await shop.request('POST', '/gateways', {
    body: {
      kind: 'stripe',
      name,
      base_url: `${shop.worldUrl}/stripe/amber`,
      credentials: { secret_key: 'sk_test_amber', webhook_secret: FIRST_SECRET },
    },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.text('data.id')
}

async function rotate(id: string, credentials: object): Promise<void> {
  const path = `/gateways/${id}/credentials`
  const rotated = await shop.request('POST', path, { body: { credentials } })
  assert.equal(rotated.status, 200, JSON.stringify(rotated.body))
}

/** Another process' directory on the same database; tells the versions that it has connected. */
function openDirectory() {
  const connected: number[] = []
  const real = createGatewayFactory({ ...deps, worldUrl: shop.worldUrl })
  const directory = createGatewayDirectory(
    shop.database,
    (gateway) => {
      connected.push(gateway.credentialsVersion)
      return real(gateway)
    },
    deps,
  )
  return { directory, connected }
}

test('another process connects anew within a second of a rotation, and not before there was one', async () => {
  const id = await connect('Elsewhere')
  const { directory, connected } = openDirectory()
  const { accountId } = shop.account.sandbox
  const first = await directory.find(accountId, id)
  assert(first !== null)
  const port = async () => (await directory.portOf(accountId, first.gateway.id)).port
  shop.clock.advanceMs(5_000)
  assert.equal(await port(), first.port)
  await rotate(id, { secret_key: 'rk_test_amber' })
  shop.clock.advanceMs(1_000)
  assert.notEqual(await port(), first.port)
  assert.deepEqual(connected, [1, 2])
  await directory.close()
})

test('a change of its name or fees connects nothing anew', async () => {
  const id = await connect('Renamed')
  const { directory, connected } = openDirectory()
  const { accountId } = shop.account.sandbox
  await directory.find(accountId, id)
  await shop.request('PATCH', `/gateways/${id}`, { body: { name: 'Renamed twice' } })
  shop.clock.advanceMs(5_000)
  await directory.find(accountId, id)
  assert.deepEqual(connected, [1])
  await directory.close()
})

test('a gateway is found by its code and both forms of its id, and not when it is disabled', async () => {
  const id = await connect('Findable')
  const { accountId } = shop.account.sandbox
  const found = await deps.gateways.find(accountId, 'findable')
  assert.equal(found?.vendor?.kind, 'stripe')
  assert.equal((await deps.gateways.find(accountId, id))?.gateway.id, found?.gateway.id)
  assert.equal(
    (await deps.gateways.find(accountId, found?.gateway.id ?? ''))?.gateway.code,
    'findable',
  )
  await shop.request('POST', `/gateways/${id}/disable`)
  assert.equal(await deps.gateways.find(accountId, id), null)
})

test('with the key that sealed its credentials gone, a gateway is no gateway, and is one again with it', async () => {
  const id = await connect('Sealed')
  const { accountId } = shop.account.sandbox
  const rings = [createKeyRing(randomToken('', 40)), deps.keyRing]
  const directory = createGatewayDirectory(
    shop.database,
    (gateway) =>
      createGatewayFactory({ ...deps, worldUrl: null, keyRing: rings.shift() ?? deps.keyRing })(
        gateway,
      ),
    deps,
  )
  await assert.rejects(directory.find(accountId, id), /add the older SECRET_KEY after a comma/)
  assert.notEqual(await directory.find(accountId, id), null)
  await directory.close()
})

/** A webhook as the vendor's own library signs it, and what a fresh directory makes of it. */
async function readSigned(id: string, secret: string): Promise<string> {
  const payload = JSON.stringify({ id: 'evt_1', type: 'x.y', created: 1, data: { object: {} } })
  const receivedAt = shop.clock.now()
  const timestamp = Math.floor(receivedAt / 1000)
  const header = new Stripe('sk_test_1').webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp,
  })
  const { directory } = openDirectory()
  const found = await directory.find(shop.account.sandbox.accountId, id)
  assert(found !== null)
  const reading = await found.port.readWebhook({
    headers: { 'stripe-signature': header },
    body: new TextEncoder().encode(payload),
    receivedAt,
  })
  await directory.close()
  return reading.kind
}

test('for a day after a rotation webhooks are believed that were signed with the secret before', async () => {
  const id = await connect('Rotating')
  await rotate(id, { webhook_secret: SECOND_SECRET })
  assert.equal(await readSigned(id, SECOND_SECRET), 'notices')
  assert.equal(await readSigned(id, FIRST_SECRET), 'notices')
  assert.equal(await readSigned(id, 'whsec_somebodyelse0123456'), 'refused')
  shop.clock.advanceMs(MS_PER_DAY)
  assert.equal(await readSigned(id, SECOND_SECRET), 'notices')
  assert.equal(await readSigned(id, FIRST_SECRET), 'refused')
})
