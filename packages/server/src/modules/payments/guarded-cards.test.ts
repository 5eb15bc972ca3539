import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import { askGuard } from '@perennial/core/recovery'
import { addDays } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../testing/test-card-world.ts'
import { listGuardedCards, listWatchedMethods } from './index.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

function uuidOf(id: string): Uuid {
  const decoded = decodeId('payment_method', id)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

async function methodWith(token: string, customerId?: string): Promise<Uuid> {
  return uuidOf(await shop.attach(customerId ?? (await shop.createCustomer()), token))
}

const load = (paymentMethodIds: readonly Uuid[], ofMethodAlone = false) =>
  shop.database.tx((tx) =>
    listGuardedCards(tx, shop.account.sandbox.accountId, {
      paymentMethodIds,
      at: shop.clock.now(),
      ofMethodAlone,
    }),
  )

async function charge(methodId: Uuid, amount: number): Promise<string> {
  const customer = await shop.database.kysely
    .selectFrom('payment_methods')
    .select('customer_id')
    .where('id', '=', methodId)
    .executeTakeFirstOrThrow()
  const body = { customer: customer.customer_id, amount, currency: 'USD', payment_method: methodId }
  const intent = await shop.request('POST', '/payment-intents', { body })
  const path = `/payment-intents/${intent.text('id')}/confirm`
  const confirmed = await shop.request('POST', path, { body: {} })
  return confirmed.text('status')
}

test('a card is what its methods share, and its history is refusals and the approvals between them', async () => {
  const customer = await shop.createCustomer()
  const token = 'tok_decline_after_1_insufficient_funds'
  const [one, two] = [await methodWith(token, customer), await methodWith(token, customer)]
  const bank = await methodWith('tok_ach', customer)
  assert.deepEqual(
    [await charge(one, 700), await charge(one, 800), await charge(two, 900)],
    ['succeeded', 'requires_payment_method', 'succeeded'],
  )
  const shared = await load([one, two, bank])
  assert.deepEqual(
    [...shared.keys()].toSorted(),
    [one, two].toSorted(),
    'what is no card is absent',
  )
  for (const id of [one, two]) {
    const card = shared.get(id)
    assert.equal(card?.network, 'visa')
    assert.deepEqual(
      card?.history.map(({ amountMinor, decline }) => [amountMinor, decline?.code ?? null]),
      [
        [700n, null],
        [800n, 'insufficient_funds'],
        [900n, null],
      ],
    )
  }
  const alone = await load([one, two], true)
  assert.equal(alone.get(one)?.history.length, 2)
  assert.equal(alone.get(two)?.history.length, 0, 'without a refusal nothing is read')
})

test('what an approval told of a card is known as long as its number is the same', async () => {
  const [spent, prepaid, plain] = [
    await methodWith('tok_approved_advice_41'),
    await methodWith('tok_approved_advice_40'),
    await methodWith('tok_mastercard'),
  ]
  for (const id of [spent, prepaid, plain]) assert.equal(await charge(id, 500), 'succeeded')
  const watched = await shop.database.tx((tx) =>
    listWatchedMethods(tx, shop.account.sandbox.accountId, {
      paymentMethodIds: [spent, prepaid, plain],
      repeatedIds: [],
    }),
  )
  assert.deepEqual(watched.toSorted(), [spent, prepaid].toSorted())
  const tell = async (id: Uuid): Promise<string> => {
    const card = (await load([id])).get(id)
    const currency = parseCurrency('USD')
    assert.ok(card !== undefined && currency !== null)
    const { kind } = askGuard({ ...card, amountMinor: 9n, currency, at: shop.clock.now() })
    return [kind, ...card.history.map((past) => past.approvalAdvice)].join(' ')
  }
  await shop.database.kysely
    .updateTable('payment_attempts')
    .set({ created_at: addDays(shop.clock.now(), -500) })
    .where('payment_method_id', 'in', [spent, prepaid])
    .execute()
  assert.deepEqual(
    [await tell(spent), await tell(prepaid), await tell(plain)],
    ['never 41', 'allowed 40', 'allowed'],
  )
  await shop.database.kysely
    .updateTable('payment_methods')
    .set({ card_number_at: addDays(shop.clock.now(), -1) })
    .where('id', '=', spent)
    .execute()
  assert.equal(await tell(spent), 'allowed')
})

test('a stop holds however long ago it was, and for no other customer of a sandbox', async () => {
  const methodId = await methodWith('tok_decline_stolen_card')
  const other = await methodWith('tok_decline_stolen_card')
  assert.equal(await charge(methodId, 500), 'requires_payment_method')
  await shop.database.kysely
    .updateTable('payment_attempts')
    .set({ created_at: addDays(shop.clock.now(), -500) })
    .where('payment_method_id', '=', methodId)
    .execute()
  const cards = await load([methodId, other])
  const ask = (id: Uuid): string => {
    const card = cards.get(id)
    const currency = parseCurrency('USD')
    assert.ok(card !== undefined && currency !== null)
    return askGuard({ ...card, amountMinor: 9n, currency, at: shop.clock.now() }).kind
  }
  assert.deepEqual([ask(methodId), ask(other)], ['never', 'allowed'])
})
