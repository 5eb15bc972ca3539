import assert from 'node:assert/strict'
import type { ScenarioWorld } from '@perennial/testkit/scenario'
import { freshToken, giveCard, linkOf, story, type Biller } from './biller.ts'

/** Of which cards the biller is told on that day. */
async function toldOn(world: ScenarioWorld, biller: Biller, date: string): Promise<unknown[]> {
  await world.api.post('/test-clock/advance', { to: `${date}T00:00:00Z` })
  const hooks = (await biller.hooks()).filter(({ event }) => event === 'card.expiring_soon')
  return hooks.map((hook) => hook.at('paymentMethodToken'))
}

story('a card that was charged as a fallback alone is told of as well', async (world, biller) => {
  const fallback = 'tok_expires_202703'
  const body = { paymentMethodToken: 'tok_decline_do_not_honor', amount: 5000 }
  await biller.execute({ ...body, fallbackPaymentMethodTokens: [fallback] })
  assert.deepEqual(await toldOn(world, biller, '2027-03-03'), [fallback])
})

story(
  'a card that nobody used for long is told of once it is used again',
  async (world, biller) => {
    const token = 'tok_expires_202804'
    await biller.execute({ paymentMethodToken: token, amount: 5000 })
    assert.deepEqual(await toldOn(world, biller, '2028-04-10'), [])
    await biller.execute({ paymentMethodToken: token, amount: 5000 })
    assert.deepEqual(await toldOn(world, biller, '2028-04-23'), [])
    assert.deepEqual(await toldOn(world, biller, '2028-04-25'), [token])
  },
)

story('a card that a payer gave on the page, and that paid, is told of before it ends', async (world, biller) => {
  const body = { paymentMethodToken: freshToken(), amount: 5000, originalDeclineCode: 'expired_card' }
  assert.equal((await biller.execute(body)).status, 202)
  const path = await linkOf(biller, body.paymentMethodToken)
  const given = await giveCard(biller, path, { exp_month: 6, exp_year: 2027 })
  assert.equal(given.at('result'), 'paid')
  const hooks = await biller.hooks()
  const newToken = hooks.find(({ event }) => event === 'card.updated')?.at('newPaymentMethodToken')
  assert.deepEqual(await toldOn(world, biller, '2027-05-30'), [])
  assert.deepEqual(await toldOn(world, biller, '2027-06-03'), [newToken])
}) // prettier-ignore
