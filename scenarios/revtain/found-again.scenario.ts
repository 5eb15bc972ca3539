import assert from 'node:assert/strict'
import { freshToken, openBiller, story } from './biller.ts'

story('handed-over payments are found by state, client, payer and time', async (world, biller) => {
  const other = await openBiller(world)
  const hand = async (more: object, from = biller): Promise<string> => {
    const answer = await from.execute({ paymentMethodToken: freshToken(), amount: 5000, ...more })
    return answer.text('transactionId')
  }
  const found = async (query: string): Promise<unknown[]> => {
    const list = await world.api.get(`/recovery/handed-over?${query}`)
    const data = list.at('data')
    assert.ok(Array.isArray(data), JSON.stringify(list.body))
    return data.map((item: unknown) => Reflect.get(Object(item), 'id'))
  }
  const paid = await hand({ customerEmail: 'Ada@Example.com' })
  const waiting = await hand({ originalDeclineCode: 'expired_card', customerEmail: 'ada@example.com' })
  const moved = await world.api.post('/test-clock/advance', { days: 1 })
  const of = moved.text('data.now')
  await world.api.post('/test-clock/advance', { days: 1 })
  const later = await hand({ originalDeclineCode: 'expired_card' })
  const foreign = await hand({ originalDeclineCode: 'expired_card' }, other)

  assert.deepEqual(await found(''), [foreign, later, waiting, paid])
  assert.deepEqual(await found('state=awaiting_card'), [foreign, later, waiting])
  assert.deepEqual(await found('state=blocked'), [])
  assert.deepEqual(await found(`client_id=${biller.clientId}`), [later, waiting, paid])
  assert.deepEqual(await found(`client_id=${other.clientId}&state=awaiting_card`), [foreign])
  assert.deepEqual(await found('customer_email=ADA@example.com'), [waiting, paid])
  assert.deepEqual(await found('customer_email=ada@example.com&state=succeeded'), [paid])
  assert.deepEqual(await found(`customer_email=ada@example.com&client_id=${other.clientId}`), [])
  assert.deepEqual(await found(`opened_after=${of}`), [foreign, later])
  assert.deepEqual(await found(`opened_before=${of}&state=awaiting_card`), [waiting])
  const first = `client_id=${biller.clientId}&limit=2`
  assert.deepEqual(await found(first), [later, waiting])
  assert.deepEqual(await found(`${first}&starting_after=${waiting}`), [paid])
  await other.close()
}) // prettier-ignore
