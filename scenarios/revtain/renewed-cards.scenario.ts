import assert from 'node:assert/strict'
import { giveCard, linkOf, story } from './biller.ts'
import { basic, chargebeeFailure, connect, statesOf } from './connected.ts'

/** Its gateway tells a later year of it from 1 March 2027 on. */
const RENEWED = 'tok_updated_202703'

story('an expired card that its gateway renews is charged without anybody doing anything', async (world, biller) => {
  const advance = (to: string) => world.api.post('/test-clock/advance', { to })
  await advance('2027-02-21T09:00:00Z')
  const body = { paymentMethodToken: RENEWED, amount: 5000, originalDeclineCode: 'expired_card' }
  const answer = await biller.execute(body)
  assert.equal(answer.status, 202)
  const id = answer.text('transactionId')

  await advance('2027-02-28T23:00:00Z')
  assert.deepEqual(await biller.hooks(), [])
  assert.equal((await world.charges()).length, 0)

  await advance('2027-03-02T00:00:00Z')
  const hooks = (await biller.hooks()).toSorted((a, b) => a.event.localeCompare(b.event))
  const [updated, success] = hooks
  assert.deepEqual(hooks.map(({ event }) => event), ['card.updated', 'recovery.success']) // prettier-ignore
  const tokens = [updated?.at('oldPaymentMethodToken'), updated?.at('newPaymentMethodToken')]
  assert.deepEqual(tokens, [RENEWED, RENEWED])
  assert.deepEqual([updated?.at('source'), updated?.at('revtainTransactionId')], ['account_updater', id]) // prettier-ignore
  assert.deepEqual([success?.at('trigger'), success?.at('revtainTransactionId')], ['account_updater', id]) // prettier-ignore
  const status = await biller.call('GET', `/api/recovery/status/${id}`)
  assert.equal(status.text('recoveredAt'), '2027-03-01T09:08:00.000Z')
}) // prettier-ignore

story('a card that stays as it was is waited for, and another one pays', async (world, biller) => {
  const paymentMethodToken = 'tok_expires_202612'
  const body = { paymentMethodToken, amount: 5000, originalDeclineCode: 'expired_card' }
  assert.equal((await biller.execute(body)).status, 202)
  await world.api.post('/test-clock/advance', { days: 20 })
  assert.equal((await world.charges()).length, 0)
  assert.deepEqual(await biller.hooks(), [])
  const given = await giveCard(biller, await linkOf(biller, paymentMethodToken))
  assert.equal(given.at('result'), 'paid')
})

story('a renewed card pays the bill of a platform for which we charge, and nothing once that was paid there', async (world, biller) => {
  const advance = (to: string) => world.api.post('/test-clock/advance', { to })
  await advance('2027-02-21T09:00:00Z')
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const [owed, paid] = [double.add({ id: 'inv_1', token: RENEWED }), double.add({ id: 'inv_2', dueMinor: 7_000, token: RENEWED })] // prettier-ignore
  for (const bill of [owed, paid]) {
    const failure = chargebeeFailure(bill, `ev_${bill.id}`).replace('do_not_honor', 'expired_card')
    assert.equal(await connector.send(failure, basic('u', 'p:w')), 200)
    await connector.work()
  }
  assert.deepEqual(await statesOf(world), ['awaiting_card', 'awaiting_card'])
  paid.state = 'paid'
  await advance('2027-03-02T00:00:00Z')
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded', 'canceled'])
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['inv_1'])
  assert.equal((await world.charges()).length, 1)
  await double.close()
}) // prettier-ignore
