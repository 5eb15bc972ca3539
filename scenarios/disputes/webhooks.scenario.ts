import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { encodeId, isUuid } from '@perennial/core/ids'
import { addMs, toUnixSeconds } from '@perennial/core/time'
import { memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

const SECRET = 'whsec_scenario'

scenario(
  'a webhook is believed by its signature alone, kept once, and applied once',
  async (world) => {
    const gatewayId = await openGateway(world)
    await world.subscribe({ on: '2027-01-31', every: 'year', card: 'tok_dispute_fraudulent' })
    const notice = await firstNotice(world, '2027-02-06T00:00:00Z')
    const path = `/webhooks/gateways/${encodeId('account', world.accountId)}/${gatewayId}`
    const send = sender(world, path)
    const before = await world.house.countRows()

    assert.equal(await send(notice, { secret: 'whsec_wrong' }), 401)
    assert.equal(await send(notice, { body: notice.replace('fraudulent', 'duplicate') }), 401)
    assert.equal(await send(notice, { ageSeconds: 301 }), 401)
    assert.equal(await send(notice, { signature: null }), 401)
    assert.equal(await send('{"id": "nt_1"}'), 400)
    assert.equal(await send('nonsense'), 400)
    const unknown = sender(world, path.replace(/[^/]+$/, encodeId('gateway', world.accountId)))
    assert.equal(await unknown(notice), 404)
    assert.equal(await sender(world, `${path}x`)(notice), 404)
    assert.deepEqual(await world.house.countRows(), before)

    assert.equal(await send(notice), 200)
    await world.expects(['2027-01-31 Ada: dispute.created', '2027-01-31 Ada: payment.disputed'])
    assert.equal(await send(notice), 200)
    await world.expects([])
    // The gateway is asked as well when the clock gets there: the same notice is no news.
    await world.goTo('2027-02-06')
    const kept = await world.api.get('/gateway-notices?kind=dispute')
    assert.deepEqual(
      [kept.at('data.length'), kept.at('data.0.source'), kept.at('data.0.state')],
      [1, 'webhook', 'applied'],
    )
  },
)

scenario(
  'word about a payment that nobody knows waits, and is parked in the end',
  async (world) => {
    const gatewayId = await openGateway(world)
    await world.subscribe({ on: '2027-01-31', every: 'year', card: 'tok_dispute_fraudulent' })
    const notice = await firstNotice(world, '2027-02-06T00:00:00Z')
    const path = `/webhooks/gateways/${world.accountId}/${gatewayId}`
    const strange = notice.replaceAll(/"(charge|charge_id)":"[^"]+"/g, '"$1":"ch_unheard_of"')
    assert.notEqual(strange, notice)
    assert.equal(
      await sender(world, path)(strange.replace(/"id":"[^"]+"/, '"id":"nt_strange"')),
      200,
    )
    const waiting = await world.api.get('/gateway-notices?state=waiting')
    assert.match(waiting.text('data.0.reason'), /no payment of ours is ch_unheard_of/)

    for (let tries = 0; tries < 8; tries += 1) {
      world.house.clock.moveOn(25 * 3_600_000)
      await world.api.post('/test-clock/advance', { seconds: 1 })
    }
    const parked = await world.api.get('/gateway-notices?state=parked')
    assert.equal(parked.at('data.0.tries'), 8)
    // A person has looked: it was another shop's.
    const { kysely } = world.house.database
    await kysely.deleteFrom('gateway_notices').where('state', '=', 'parked').execute()
  },
)

/** The merchant's gateway, with the secret that it signs with. */
async function openGateway(world: ScenarioWorld): Promise<string> {
  const row = await world.house.database.kysely
    .updateTable('gateways')
    .set({ settings: { gateway: 'amber', webhook_secret: SECRET }, credentials_version: 2 })
    .where('account_id', '=', world.accountId)
    .where('code', '=', 'amber')
    .returning('id')
    .executeTakeFirstOrThrow()
  assert.ok(isUuid(row.id))
  // Connections are looked at once a second.
  world.house.clock.moveOn(2_000)
  return encodeId('gateway', row.id)
}

/** What the gateway will have to tell by then, as it would send it. */
async function firstNotice(world: ScenarioWorld, by: string): Promise<string> {
  const response = await fetch(`${world.house.worldUrl}/gateways/amber/notices`, {
    headers: { 'x-perennial-account': world.accountId, 'x-perennial-now': by },
  })
  const page: unknown = await response.json()
  const data = memberOf(page, 'data')
  assert.ok(Array.isArray(data) && data.length > 0)
  return JSON.stringify(data[0])
}

type Forgery = {
  readonly secret?: string
  /** What arrives instead of what was signed. */
  readonly body?: string
  readonly ageSeconds?: number
  readonly signature?: null
}

/** The status that a signed webhook gets. */
function sender({ house }: ScenarioWorld, path: string) {
  return async (signed: string, forgery: Forgery = {}): Promise<number> => {
    const { secret = SECRET, body = signed, ageSeconds = 0 } = forgery
    const time = toUnixSeconds(addMs(house.clock.now(), -ageSeconds * 1000))
    const digest = createHmac('sha256', secret).update(`${time}.${signed}`).digest('hex')
    const headers = {
      'content-type': 'application/json',
      ...(forgery.signature === null ? {} : { 'x-world-signature': `t=${time},v1=${digest}` }),
    }
    return (await fetch(`${house.service.url}${path}`, { method: 'POST', headers, body })).status
  }
}
