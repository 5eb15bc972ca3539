import assert from 'node:assert/strict'
import {
  memberOf,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { parseInstant } from '@perennial/core/time'

/** "4242 2/2027" and the like, of the customer's only card. */
async function cardOf(world: ScenarioWorld, who: Subscriber): Promise<string> {
  const listed = await world.api.get(`/customers/${who.customer.id}/payment-methods`)
  const card = listed.at('data.0.card')
  const [last4, month, year] = ['last4', 'exp_month', 'exp_year'].map((name) =>
    String(memberOf(card, name)),
  )
  return `${last4} ${month}/${year}`
}

/** As if what the gateway told of the card had never come. */
async function loseTheNews(world: ScenarioWorld, askOn: string): Promise<void> {
  const askAt = parseInstant(`${askOn}T12:00:00Z`)
  assert.ok(askAt !== null)
  await world.house.database.kysely
    .updateTable('payment_methods')
    .set({ card_last4: '4242', card_exp_month: 2, card_exp_year: 2027, updater_ask_at: askAt })
    .where('account_id', '=', world.accountId)
    .execute()
}

scenario('a card that is replaced is charged under its new number', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_updated_202702' })
  assert.equal(await cardOf(world, ada), '4242 2/2027')
  await world.goTo('2027-02-27', { events: ['payment_method.updated'] }) // its gateway tells
  assert.equal(await cardOf(world, ada), '1881 2/2031')

  await loseTheNews(world, '2027-02-27')
  // The month in which it ends: it is looked at on the day before it is charged.
  await world.goTo('2027-02-28', { events: ['payment_method.updated', ...PAID_RENEWAL] })
  assert.equal(await cardOf(world, ada), '1881 2/2031')
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
})

scenario('a card that nobody will charge is not asked about', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_updated_202702' })
  await world.goTo('2027-02-10', { events: ['payment_method.updated'] })
  await loseTheNews(world, '2027-02-11')
  await world.goTo('2027-02-20')
  assert.equal(await cardOf(world, ada), '4242 2/2027')
})
