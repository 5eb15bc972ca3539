import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Uuid } from '@perennial/core/ids'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { startTestApi } from '../../../testing/test-api.ts'
import { createBackTestLine } from './back-test-line.ts'
import { recoveryBackTestRoutes } from './back-test-routes.ts'

const api = await startTestApi([recoveryBackTestRoutes])
after(() => api.close())

const [a, b, c] = ['a', 'b', 'c'] as Uuid[] // names suffice
assert.ok(a !== undefined && b !== undefined && c !== undefined)

test('few are computed at once, an account has few of them, and a full line takes no more', async () => {
  const line = createBackTestLine({ atOnce: 1, ofAccountMax: 2, max: 3 })
  const begun: string[] = []
  const gate = Promise.withResolvers<void>()
  const run = (accountId: Uuid) =>
    line.run(accountId, async () => {
      begun.push(accountId)
      await gate.promise
      return accountId
    })
  const isRefused = (why: RegExp) => (error: unknown) =>
    error instanceof ApiRefusal &&
    error.problem.headers?.['retry-after'] === '10' &&
    why.test(error.message)

  const runs = [run(a), run(a)]
  await assert.rejects(run(a), isRefused(/of this account/))
  runs.push(run(b))
  await assert.rejects(run(c), isRefused(/^Too many/))
  await setImmediate()
  assert.deepEqual(begun, [a])
  gate.resolve()
  assert.deepEqual(await Promise.all(runs), [a, a, b])
  assert.equal(await run(c), c, 'who has ended makes room')
})

test('who asks for many back-tests at once gets some, and is told when to ask for the others', async () => {
  const body = { policies: ['none'] }
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => api.request('POST', '/recovery/back-tests', { body })),
  )
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length > 0)
  assert.equal(answers.filter(({ status }) => status === 200).length, 8 - refused.length)
  assert.equal(refused[0]?.headers['retry-after'], '10')
})
