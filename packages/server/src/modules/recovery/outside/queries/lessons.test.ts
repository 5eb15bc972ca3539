import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import { addMs } from '@perennial/core/time'
import { createTestDatabase } from '@perennial/testkit'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { createServiceApi } from '../../../../api.ts'
import { createMerchant } from '../../../../first-start.ts'
import { createKeyRing } from '../../../../platform/crypto/index.ts'
import { createDatabase } from '../../../../platform/db/index.ts'
import { createLogger } from '../../../../platform/log/index.ts'
import { createBilling } from '../../../../service.ts'
import { learnOutside } from '../learn-outside.ts'
import { listChargesAfter } from './lessons.ts'

const loading = loadWorld(readWorldFile('calm'))
assert.ok(loading.kind === 'loaded')
const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
const world = await startWorld({ world: loading.world, ...local })
const home = await createTestDatabase()
const database = createDatabase({ url: home.url, applicationName: 'test' })
const log = createLogger({ level: 'silent', pretty: false })
const keyRing = createKeyRing('k'.repeat(32))
const billing = createBilling({ database, log, worldUrl: world.url, keyRing })
const app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
after(async () => {
  await app.close()
  await billing.gateways.close()
  await database.close()
  await home.close()
  await world.close()
})

const currency = parseCurrency('USD')
assert.ok(currency !== null)
const merchant = { name: 'Acme', ownerEmail: 'owner@example.com', currency }
const made = await createMerchant(billing, {
  merchant,
  gatewayCodes: ['amber'],
  keyRing,
  url: 'http://localhost',
})
const recovery = made?.credentials.sandbox.recovery
assert.ok(recovery !== undefined)

async function execute(more: object): Promise<void> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/recovery/execute',
    headers: { 'x-api-key': recovery?.api_key },
    payload: { amount: 5000, originalDeclineCode: 'do_not_honor', ...more },
  })
  assert.equal(answer.statusCode, 200)
}

async function accountOf(): Promise<Uuid> {
  const client = database.kysely.selectFrom('recovery_clients').select('account_id')
  return (await client.executeTakeFirstOrThrow()).account_id
}

/** The same digit all along. */
function idOf(digit: string): Uuid {
  const id = '00000000-0000-0000-0000-000000000000'.replaceAll('0', digit)
  return isUuid(id) ? id : assert.fail(id)
}

test('what was told of a card is learned of that card, and its gateway goes before its biller', async () => {
  await execute({
    paymentMethodToken: 'tok_decline_do_not_honor',
    fallbackPaymentMethodTokens: ['tok_decline_call_issuer'],
    binPrefix: '411111',
    cardOrigin: 'CA',
  })
  const accountId = await accountOf()
  const ofToken = async (token: string) => {
    const told = await database.tx((tx) =>
      listChargesAfter(tx, accountId, { after: idOf('0'), until: idOf('f'), limit: 10 }),
    )
    const one = told.find((each) => each.token === token)
    return [one?.card_bin, one?.card_country, one?.handed_at !== null]
  }
  assert.deepEqual(await ofToken('tok_decline_do_not_honor'), ['400000', 'US', true])
  assert.deepEqual(await ofToken('tok_decline_call_issuer'), ['400000', 'US', false])
  // Of a gateway that keeps the digits to itself.
  await database.kysely.updateTable('outside_cards').set({ bin: null }).execute()
  assert.deepEqual(await ofToken('tok_decline_do_not_honor'), ['411111', 'US', true])
  assert.deepEqual(await ofToken('tok_decline_call_issuer'), [null, 'US', false])
})

test('charges are learned once, however many learn at once, and anew when all of it is thrown away', async () => {
  const accountId = await accountOf()
  // What was charged this minute is left for the next time.
  const clock = { ...billing.clock, now: () => addMs(billing.clock.now(), 120_000) }
  const learn = () =>
    learnOutside({ database, clock, ids: billing.ids }, { accountId, at: clock.now() })
  const seen = async () => {
    const row = await database.kysely
      .selectFrom('outside_learning')
      .select(['attempts', 'version'])
      .executeTakeFirstOrThrow()
    return row
  }
  await execute({ paymentMethodToken: 'pm_one' })
  await Promise.all([learn(), learn()])
  // The two refusals before it are believed since the gateway approves.
  const first = await seen()
  assert.equal(first.attempts, 3n)
  await learn()
  assert.deepEqual(await seen(), first)

  await execute({ paymentMethodToken: 'pm_two' })
  await learn()
  assert.equal((await seen()).attempts, 4n)
  for (const table of ['outside_evidence', 'outside_learning'] as const)
    await database.kysely.deleteFrom(table).execute()
  await learn()
  assert.equal((await seen()).attempts, 4n)
  const own = await database.kysely.selectFrom('recovery_learning').selectAll().execute()
  assert.deepEqual(own, [])
})
