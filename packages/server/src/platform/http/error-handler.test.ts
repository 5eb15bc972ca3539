import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApi } from '../../testing/test-api.ts'
import { createLogger } from '../log/index.ts'
import { ApiRefusal } from './api-refusal.ts'
import type { ApiModule } from './api-instance.ts'

const config = { scope: 'customers:read' } as const

/** One route says on purpose that it cannot serve now, the other breaks. */
const failing: ApiModule = (app) => {
  app.get('/stopping', { config, schema: { hide: true } }, () => {
    const problem = { type: 'api_error', code: 'service_unavailable', message: 'Later.' } as const
    throw new ApiRefusal({ ...problem, status: 503 })
  })
  app.get('/broken', { config, schema: { hide: true } }, () => {
    throw new TypeError('nothing is not a thing')
  })
}

test('an answer of 503 that was meant is an ordinary line of the log; a fault brings its stack', async (t) => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'warn', pretty: false, destination })
  const api = await startTestApi([failing], { log })
  t.after(() => api.close())
  assert.equal((await api.request('GET', '/stopping')).status, 503)
  assert.equal((await api.request('GET', '/broken')).status, 500)
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const [stopping, broken] = told.map(({ level, message, code, status, route }) =>
    JSON.stringify({ level, message, code, status, route }),
  )
  assert.equal(
    stopping,
    '{"level":"warn","message":"request not served","code":"service_unavailable","status":503,"route":"/v2/stopping"}',
  )
  assert.equal(lines[0]?.includes('stack'), false)
  assert.equal(broken, '{"level":"error","message":"request failed","route":"/v2/broken"}')
  assert.match(lines[1] ?? '', /"stack"/)
})
