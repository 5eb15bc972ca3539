import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'

let api: TestApi
before(async () => {
  api = await startTestApi([], { rateLimit: { perMinute: 60, burst: 100 } })
})
after(() => api.close())

const ask = (apiKey?: string) =>
  api.request('GET', '/account', apiKey === undefined ? {} : { apiKey })

test('the 101st request of a burst of 100 waits for the next token, and other keys do not', async () => {
  for (let left = 99; left >= 0; left -= 1) {
    const { status, headers } = await ask()
    assert.equal(status, 200)
    assert.equal(headers['x-ratelimit-limit'], '60')
    assert.equal(headers['x-ratelimit-remaining'], String(left))
  }
  const refused = await ask()
  assert.equal(refused.status, 429)
  assert.equal(refused.at('error.type'), 'rate_limit_error')
  assert.equal(refused.at('error.code'), 'rate_limit_exceeded')
  assert.equal(refused.at('error.details.retry_after'), 1)
  assert.equal(refused.headers['retry-after'], '1')
  assert.equal(refused.headers['x-ratelimit-remaining'], '0')
  assert.equal(refused.headers['x-ratelimit-reset'], String(1_800_000_000 + 100))
  assert.equal((await ask(api.account.live.apiKey)).status, 200)

  api.clock.advanceMs(1000)
  assert.equal((await ask()).status, 200)
  assert.equal((await ask()).status, 429)
})

test('a bucket never holds more than the burst', async () => {
  api.clock.advanceMs(3_600_000)
  assert.equal((await ask()).headers['x-ratelimit-remaining'], '99')
})
