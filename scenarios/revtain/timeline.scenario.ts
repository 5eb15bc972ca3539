import assert from 'node:assert/strict'
import { freshToken, story } from './biller.ts'

story('why a payment went on as it did can be read, and stays', async (world, biller) => {
  const handed = await biller.execute({
    paymentMethodToken: 'tok_decline_insufficient_funds',
    amount: 5000,
    originalDeclineCode: 'insufficient_funds',
  })
  assert.equal(handed.status, 202)
  const path = `/recovery/handed-over/${handed.text('transactionId')}`
  const planned = await world.api.get(path)
  assert.partialDeepStrictEqual(planned.at('data'), {
    object: 'handed_over_payment',
    client_id: biller.clientId,
    state: 'scheduled',
    first_decline_code: 'insufficient_funds',
  })
  assert.deepEqual(planned.at('data.decisions.length'), 1)
  assert.equal(planned.at('data.decisions.0.source'), 'planner')
  assert.equal(planned.at('data.decisions.0.due_at'), handed.at('scheduledFor'))
  assert.ok(Number(planned.at('data.decisions.0.chance')) > 0)
  assert.match(planned.text('data.decisions.0.reasons.1'), /of 100 on .* at its gateway$/)

  await biller.call('POST', `/api/recovery/cancel/${handed.text('transactionId')}`)
  const ended = await world.api.get(path)
  const story = ended.at('data.timeline')
  assert.ok(Array.isArray(story))
  assert.deepEqual(
    story.map(({ kind }) => kind),
    ['opened', 'decided', 'decided'],
  )
  assert.equal(ended.at('data.decisions.0.source'), 'planner')
  assert.equal(ended.at('data.decisions.1.state'), 'canceled')
  assert.deepEqual(await biller.hooks(), [])
})

story('what was charged stands in its place, and lists are paged', async (world, biller) => {
  const paid = await biller.execute({ paymentMethodToken: freshToken(), amount: 5000 })
  const refused = await biller.execute({
    paymentMethodToken: 'tok_decline_do_not_honor',
    amount: 4000,
    originalDeclineCode: 'do_not_honor',
  })
  const ids = [refused, paid].map((one) => one.text('transactionId'))
  const item = await world.api.get(`/recovery/handed-over/${ids[0]}`)
  const told = item.at('data.timeline')
  assert.ok(Array.isArray(told))
  assert.deepEqual(
    told.map(({ text }) => String(text).split(':')[0]),
    [
      'Its biller handed it over (do_not_honor).',
      'Charge 1 at amber was declined (do_not_honor).',
      `The next charge is planned for ${item.text('data.next_attempt_at').split(':')[0]}`,
    ],
  )
  const first = await world.api.get('/recovery/handed-over?limit=1')
  assert.deepEqual([first.at('data.0.id'), first.at('has_more')], [ids[0], true])
  const second = await world.api.get(`/recovery/handed-over?limit=1&starting_after=${ids[0]}`)
  assert.equal(second.at('data.0.id'), ids[1])
  await biller.hooks()
})
