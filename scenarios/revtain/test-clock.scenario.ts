import assert from 'node:assert/strict'
import { freshToken, story } from './biller.ts'

story('the key of a sandbox makes planned work happen at once', async (_, biller) => {
  const body = { paymentMethodToken: freshToken(), amount: 5000, originalDeclineCode: 'insufficient_funds' }
  const answer = await biller.execute(body)
  assert.equal(answer.status, 202)
  const advance = (seconds: unknown, key = biller.apiKey) =>
    biller.call('POST', '/api/test/advance', { body: { seconds }, key })

  const untilThen = Date.parse(answer.text('scheduledFor'))
  const stood = await advance(0)
  assert.equal(stood.status, 200)
  assert.deepEqual(await biller.hooks(), [])
  const seconds = Math.ceil((untilThen - Date.parse(stood.text('now'))) / 1_000)
  const moved = await advance(seconds)
  assert.ok(Date.parse(moved.text('now')) >= untilThen)
  assert.deepEqual(
    (await biller.hooks()).map((hook) => [hook.event, hook.at('trigger')]),
    [['recovery.success', 'scheduled_retry']],
  )

  for (const wrong of [-1, 1.5, '60', null, undefined, 4_000_000_000, Number.MAX_SAFE_INTEGER]) {
    const refusedAs = await advance(wrong)
    assert.deepEqual([refusedAs.status, refusedAs.at('field')], [400, 'seconds'])
  }
  assert.equal((await advance(1, biller.publishableKey)).status, 401)
}, { retry_policy: 'schedule' }) // prettier-ignore

story('live time cannot be moved', async (world, biller) => {
  const created = await fetch(`${world.house.service.url}/v2/recovery/clients`, {
    method: 'POST',
    headers: { 'x-api-key': world.liveKey, 'content-type': 'application/json' },
    body: '{}',
  })
  const live: unknown = await created.json()
  const key = String(Reflect.get(Object(Reflect.get(Object(live), 'data')), 'api_key'))
  const answer = await biller.call('POST', '/api/test/advance', { body: { seconds: 1 }, key })
  assert.deepEqual([answer.status, typeof answer.at('error')], [400, 'string'])
})
