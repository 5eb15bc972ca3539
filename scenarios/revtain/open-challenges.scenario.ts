import assert from 'node:assert/strict'
import { hearOutsideCharge } from '../../packages/server/src/modules/recovery/index.ts'
import { giveCard, linkOf, story } from './biller.ts'

story('a challenge that its gateway does not let go of takes no second card', async (world, biller) => {
  const { billing } = world.house.service
  const portOf = billing.gateways.portOf.bind(billing.gateways)
  // As Checkout.com: what waits for 3-D Secure cannot be voided.
  Object.assign(billing.gateways, {
    portOf: async (...of: Parameters<typeof portOf>) => {
      const found = await portOf(...of)
      const refused = { kind: 'refused', code: 'not_voidable', message: null } as const
      return { ...found, port: { ...found.port, void: async () => refused } }
    },
  })
  const failed = { paymentMethodToken: 'tok_authenticate', amount: 5200, customerPresent: true }
  const waiting = await biller.execute({ ...failed, returnUrl: 'https://shop.example/back' })
  const url = waiting.text('nextAction.url')
  const given = await giveCard(biller, await linkOf(biller, 'tok_authenticate'))
  assert.deepEqual([given.at('result'), given.at('url')], ['authenticate', url])
  assert.deepEqual(await biller.hooks(), [])

  await fetch(url, { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
  world.house.clock.moveOn(600_000)
  await world.goTo('2027-02-11')
  const shown = await biller.call('GET', `/api/recovery/status/${waiting.text('transactionId')}`)
  assert.equal(shown.at('status'), 'succeeded')
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['recovery.success'])
  assert.equal((await world.charges()).length, 1)
  Object.assign(billing.gateways, { portOf })

  // Word of money for what is booked as refused is for a person; word that is known is not.
  await biller.execute({ paymentMethodToken: 'tok_decline_do_not_honor', amount: 5300 })
  const ended = await world.house.database.kysely
    .selectFrom('outside_attempts')
    .select(['id', 'gateway_id', 'state'])
    .where('account_id', '=', world.accountId)
    .execute()
  const outcome = { kind: 'succeeded', gatewayReference: 'ch_late', networkTransactionId: null } as const // prettier-ignore
  const verdicts: Record<string, string | null> = {}
  for (const { id, gateway_id: gatewayId, state } of ended) {
    const heard = { accountId: world.accountId, id, gatewayId, outcome }
    verdicts[state] = await hearOutsideCharge(billing, heard, world.house.clock.now())
  }
  assert.deepEqual(verdicts, { succeeded: 'settled', declined: 'contradicted' })
}) // prettier-ignore
