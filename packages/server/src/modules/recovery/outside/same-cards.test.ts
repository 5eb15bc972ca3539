import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import { parseTimeZone } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { createKeyRing, randomToken } from '../../../platform/crypto/index.ts'
import { addRecoveryClient } from '../../accounts/index.ts'
import { listWatchedMethods } from '../../payments/index.ts'
import { describeCard } from './charge-outside.ts'
import type { RecoveryClient } from './clients/client.ts'
import { handOver } from './hand-over.ts'
import { runDueOutside } from './run-outside.ts'
import { clientOf } from './settle-outside.ts'

let shop: BillingShop
let accountId: Uuid
before(async () => {
  shop = await startBillingShop()
  accountId = shop.account.sandbox.accountId
})
after(() => shop.close())

/** In a sandbox everybody uses the same test cards. */
async function become(environment: 'live' | 'sandbox'): Promise<void> {
  await shop.database.kysely
    .updateTable('accounts')
    .set({ environment })
    .where('id', '=', accountId)
    .execute()
}

async function newClient(environment: 'live' | 'sandbox' = 'live'): Promise<RecoveryClient> {
  const timezone = parseTimeZone('UTC')
  assert.ok(timezone !== null)
  const keyRing = createKeyRing(randomToken('', 32))
  const given = { accountId, environment: 'sandbox', createdAt: shop.clock.now(), timezone } as const // prettier-ignore
  const client = await shop.database.tx(async (tx) => {
    const { clientId: id } = await addRecoveryClient(tx, { ids: shop.ids, keyRing }, given)
    return clientOf(tx, { accountId, id })
  })
  return { ...client, environment }
}

/** What a payment that another biller hands over comes to; `charges`: how often it was charged. */
async function handOne(client: RecoveryClient, token: string, amountMinor = 500n) {
  const currency = parseCurrency('USD')
  assert.ok(currency !== null)
  const before = (await shop.audit()).length
  const answer = await handOver(shop.billing, client, {
    token,
    amountMinor,
    currency,
    originalDeclineCode: 'do_not_honor',
    idempotencyKey: null,
    isPresent: false,
    isTrialConversion: false,
    returnUrl: null,
    fallbackTokens: [],
    methodType: null,
    country: null,
    bin: '400000',
    customerEmail: null,
    simulate: null,
  })
  assert.ok(answer.kind === 'taken')
  const { state, recommendedAction } = answer.recovery
  return { state, recommendedAction, charges: (await shop.audit()).length - before }
}

/** Lets whatever waits of these clients fall due at once: how often it is charged. */
async function runAllDue(...clients: readonly RecoveryClient[]): Promise<number> {
  const ids = clients.map(({ id }) => id)
  const now = shop.clock.now()
  await shop.database.kysely
    .updateTable('outside_recoveries')
    .set({ next_attempt_at: now, plan: null })
    .where('account_id', '=', accountId)
    .where('client_id', 'in', ids)
    .where('closed_at', 'is', null)
    .execute()
  const before = (await shop.audit()).length
  const { signal } = new AbortController()
  const window = { until: now, decideAt: 'until' } as const
  await runDueOutside(shop.billing, accountId, { window, signal })
  return (await shop.audit()).length - before
}

type Method = { readonly customer: string; readonly uuid: Uuid }

async function newMethod(token: string): Promise<Method> {
  const customer = await shop.createCustomer()
  const id = await shop.attach(customer, token)
  const decoded = decodeId('payment_method', id)
  assert.ok(decoded.kind === 'ok')
  return { customer, uuid: decoded.id }
}

/** Charges a method for a bill of our own, with nobody there. */
async function charge({ customer }: Method, amountMinor = 500): Promise<string> {
  const body = { customerId: customer, amountMinor, description: 'Chair' }
  const answer = await shop.request('POST', '/charges', { body })
  return answer.status === 201 ? answer.text('data.status') : answer.text('error.code')
}

/** A token of this card number, another one each time. */
async function tokenOf(number: string, gateway = 'amber'): Promise<string> {
  const response = await fetch(`${shop.worldUrl}/gateways/${gateway}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-account': accountId },
    body: JSON.stringify({ number, exp_month: 8, exp_year: 2032 }),
  })
  const { token }: { readonly token?: unknown } = Object(await response.json())
  assert.ok(typeof token === 'string')
  return token
}

/** Keeps what its client's gateway tells of a token, as is done beside each charge. */
async function describe(client: RecoveryClient, token: string): Promise<void> {
  const found = await shop.gateways.find(accountId, client.gateway)
  assert.ok(found !== null)
  const of = { accountId, clientId: client.id, gatewayId: found.gateway.id, token }
  assert.ok(await describeCard(shop.billing, { ...of, createdAt: shop.clock.now() }))
}

const STOLEN = 'tok_decline_stolen_card'
const NEVER = { state: 'failed', recommendedAction: 'request_card_update', charges: 0 }

test('a card that must not be charged for a bill of our own is not charged for another biller, nor the other way round', async () => {
  await become('sandbox')
  const own = await newMethod(STOLEN)
  await charge(own)
  await become('live')
  const [one, two] = [await newClient(), await newClient()]
  assert.partialDeepStrictEqual(await handOne(one, STOLEN), NEVER)

  const other = 'tok_decline_pickup_card'
  await become('sandbox')
  const unpaid = await newMethod(other)
  await become('live')
  assert.equal((await handOne(one, other)).charges, 1)
  assert.partialDeepStrictEqual(await handOne(two, other), NEVER)
  assert.equal(await charge(unpaid), 'attempt_forbidden')
})

test('a card is one under every token that its gateway tells the same fingerprint of', async () => {
  const lost = '4000000000009987'
  const [kept, handed] = [await tokenOf(lost), await tokenOf(lost)]
  await become('sandbox')
  const own = await newMethod(kept)
  await become('live')
  const client = await newClient()
  assert.equal((await handOne(client, handed)).charges, 1)
  await describe(client, handed)
  const watched = await shop.database.tx((tx) =>
    listWatchedMethods(tx, accountId, { paymentMethodIds: [own.uuid], repeatedIds: [] }),
  )
  assert.deepEqual(watched, [own.uuid])
  assert.equal(await charge(own), 'attempt_forbidden')
  const third = await tokenOf(lost)
  await describe(client, third)
  assert.partialDeepStrictEqual(await handOne(client, third), NEVER)
})

/** A method that has these tokens, one at each gateway, and no fingerprint. */
async function methodAtBoth(amber: string, birch: string): Promise<void> {
  await become('sandbox')
  const { uuid } = await newMethod(amber)
  const found = await shop.gateways.find(accountId, 'birch')
  assert.ok(found !== null)
  const { kysely } = shop.database
  const of = { account_id: accountId, payment_method_id: uuid, gateway_id: found.gateway.id }
  await kysely
    .insertInto('payment_method_tokens')
    .values({ ...of, token: birch })
    .execute()
  await forgetFingerprint(uuid)
  await become('live')
}

async function forgetFingerprint(uuid: Uuid): Promise<void> {
  await shop.database.kysely
    .updateTable('payment_methods')
    .set({ fingerprint: null })
    .where('id', '=', uuid)
    .execute()
}

test('a card is one under every token that a payment method of ours has for it', async () => {
  const [here, there] = ['tok_decline_restricted_card', 'tok_decline_fraudulent'] as const
  await methodAtBoth(here, there)
  assert.equal((await handOne({ ...(await newClient()), gateway: 'birch' }, there)).charges, 1)
  assert.partialDeepStrictEqual(await handOne(await newClient(), here), NEVER)

  const [soft, other] = ['tok_decline_generic_decline', 'tok_decline_call_issuer'] as const
  await methodAtBoth(soft, other)
  const amber = await newClient()
  assert.equal((await handOne(amber, soft)).charges, 1)
  assert.equal((await handOne({ ...amber, gateway: 'birch' }, other)).charges, 1)
  for (let more = 0; more < 5; more += 1)
    assert.equal((await handOne(await newClient(), soft)).charges, 1)
  // Fifteen of one amount in 30 days: seven of the billers' own and seven for them count already.
  assert.equal(await runAllDue(amber), 1)
})

test('what is tried for bills of our own and for other billers at one moment is no more than a network allows', async () => {
  const token = 'tok_advice_02' // a Mastercard that is refused for now
  await become('sandbox')
  const own = await newMethod(token)
  await charge(own, 4_000)
  await become('live')
  const client = await newClient()
  await handOne(client, token, 4_100n)
  await describe(client, token)
  const before = (await shop.audit()).length
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      Promise.all([charge(own, 5_000 + index), handOne(client, token, BigInt(6_000 + index))]),
    ),
  )
  // Ten in a day; one was made for us, and one of the biller's own and one for it count already.
  const made = (await shop.audit()).length - before
  assert.ok(made >= 1 && made <= 7, `${made} charges`)
})

test('of what falls due for two billers at one moment, the second is decided by what the first is charged', async () => {
  const token = 'tok_advice_2' // a Mastercard that is refused for now
  await become('live')
  const [one, two] = [await newClient(), await newClient()]
  await handOne(one, token, 7_000n)
  await describe(one, token)
  await describe(two, token)
  for (const [client, amountMinor] of [[one, 7_001n], [two, 7_002n], [one, 7_003n]] as const)
    assert.partialDeepStrictEqual(await handOne(client, token, amountMinor), { state: 'scheduled', charges: 1 }) // prettier-ignore
  // Nine in a day: four of the billers' own and four for them count already.
  assert.equal(await runAllDue(one, two), 1)
})

test('of what falls due of one card at two gateways, the second is decided by what the first is charged', async () => {
  await become('live')
  const amber = await newClient()
  const birch = { ...amber, gateway: 'birch' }
  for (const client of [amber, birch, amber, birch, amber, birch, amber]) {
    const token = await tokenOf('4000000000000002', client.gateway ?? 'amber')
    await describe(client, token)
    assert.partialDeepStrictEqual(await handOne(client, token), { state: 'scheduled', charges: 1 })
  }
  // Fifteen of one amount in 30 days: seven of the biller's own and seven for it count already.
  assert.equal(await runAllDue(amber), 1)
})

test('of what falls due of one card, one token of which a method without a fingerprint has, the second is decided by what the first is charged', async () => {
  const [kept, ...others] = await Promise.all(
    Array.from({ length: 7 }, () => tokenOf('4000000000009995')),
  )
  assert.ok(kept !== undefined)
  await become('sandbox')
  await forgetFingerprint((await newMethod(kept)).uuid)
  await become('live')
  const client = await newClient()
  for (const token of [kept, ...others]) {
    await describe(client, token)
    assert.partialDeepStrictEqual(await handOne(client, token), { state: 'scheduled', charges: 1 })
  }
  // Fifteen of one amount in 30 days: seven of the biller's own and seven for it count already.
  assert.equal(await runAllDue(client), 1)
})

test('what several billers hand over of one token at one moment is no more than a network allows', async () => {
  await become('live')
  const clients = await Promise.all(Array.from({ length: 10 }, async () => newClient()))
  const before = (await shop.audit()).length
  await Promise.all(clients.map((client) => handOne(client, 'tok_decline_try_again_later')))
  // Fifteen of one amount in 30 days, and half of them are the billers' own.
  assert.equal((await shop.audit()).length - before, 7)
})

test('in a sandbox, where everybody uses the same test cards, each has a card of their own', async () => {
  const token = 'tok_decline_lost_card'
  await become('sandbox')
  const own = await newMethod(token)
  const client = await newClient('sandbox')
  assert.equal((await handOne(client, token)).charges, 1)
  assert.equal(await charge(own), 'card_declined')
  assert.equal((await handOne(await newClient('sandbox'), token)).charges, 1)
})
