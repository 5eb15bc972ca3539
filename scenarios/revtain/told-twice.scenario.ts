import assert from 'node:assert/strict'
import { freshToken, story } from './biller.ts'
import { amountsOf, basic, CHARGEBEE, chargebeeFailure, connect, statesOf } from './connected.ts'

story('a failure that its biller handed over is not charged again when its platform tells of it', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'chargebee', credentials: CHARGEBEE })
  const token = freshToken()
  const handed = { paymentMethodToken: token, amount: 5_000, currency: 'USD', originalDeclineCode: 'do_not_honor' }
  assert.equal((await biller.execute({ ...handed, idempotencyKey: 'a' })).status, 200)
  const tell = async (id: string): Promise<void> => {
    await send(chargebeeFailure(double.add({ id, token }), `ev_${id}`), basic('u', 'p:w'))
    while ((await work()) > 0);
  }
  await tell('inv_1')
  assert.deepEqual((await amountsOf(world)).attempts, [5_000])
  assert.deepEqual(await statesOf(world), ['succeeded'])

  // After 5 minutes it is another payment.
  await world.api.post('/test-clock/advance', { days: 1 })
  await tell('inv_2')
  assert.deepEqual((await amountsOf(world)).attempts, [5_000, 5_000])
  assert.equal((await biller.execute({ ...handed, idempotencyKey: 'b' })).status, 409)
  assert.equal((await amountsOf(world)).attempts.length, 2)
  await double.close()
}) // prettier-ignore
