import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import { addDays } from '@perennial/core/time'
import { createTestDatabase } from '@perennial/testkit'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { createServiceApi } from '../../../../api.ts'
import { createMerchant } from '../../../../first-start.ts'
import { createKeyRing } from '../../../../platform/crypto/index.ts'
import { createDatabase } from '../../../../platform/db/index.ts'
import { createLogger } from '../../../../platform/log/index.ts'
import { createBilling } from '../../../../service.ts'
import { listSettledAttempts } from './attempts.ts'

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

test('what was told of a card is learned of that card, and its gateway goes before its biller', async () => {
  const currency = parseCurrency('USD')
  assert.ok(currency !== null)
  const merchant = { name: 'Acme', ownerEmail: 'owner@example.com', currency }
  const given = { merchant, gatewayCodes: ['amber'], keyRing, url: 'http://localhost' }
  const made = await createMerchant(billing, given)
  const recovery = made?.credentials.sandbox.recovery
  assert.ok(made !== null && recovery !== undefined)
  const answer = await app.inject({
    method: 'POST',
    url: '/api/recovery/execute',
    headers: { 'x-api-key': recovery.api_key },
    payload: {
      paymentMethodToken: 'tok_decline_do_not_honor',
      fallbackPaymentMethodTokens: ['tok_decline_call_issuer'],
      amount: 5000,
      originalDeclineCode: 'do_not_honor',
      binPrefix: '411111',
      cardOrigin: 'CA',
    },
  })
  assert.equal(answer.statusCode, 200)
  const { account_id: accountId } = await database.kysely
    .selectFrom('outside_attempts')
    .select('account_id')
    .executeTakeFirstOrThrow()
  const ofToken = async (token: string) => {
    const given = { since: addDays(billing.clock.now(), -1), limit: 10 }
    const told = await database.tx((tx) => listSettledAttempts(tx, accountId, given))
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
