import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createLogger } from './index.ts'

function capture(pretty = false) {
  const lines: string[] = []
  const log = createLogger({
    level: 'info',
    pretty,
    destination: { write: (line: string) => void lines.push(line) },
  })
  return { log, lines }
}

test('an entry is one line of JSON with its level, time, fields and message', () => {
  const { log, lines } = capture()
  log.child({ accountId: 'acct_1' }).info({ ms: 12 }, 'renewal run finished')
  log.debug('below the level')
  assert.equal(lines.length, 1)
  const { at, ...entry } = JSON.parse(lines[0] ?? '')
  assert.match(at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.deepEqual(entry, {
    level: 'info',
    accountId: 'acct_1',
    ms: 12,
    message: 'renewal run finished',
  })
})

const secrets = [
  { password: 'hunter2' },
  { headers: { authorization: 'Bearer hunter2' } },
  { req: { headers: { 'x-api-key': 'hunter2' } } },
  { card: { number: 'hunter2', cvc: 'hunter2' } },
  { url: 'postgres://perennial:hunter2@127.0.0.1:5432/perennial' },
  { note: 'the key rk_live_hunter2hunter2 was used' },
]

for (const fields of secrets) {
  test(`a secret prints as ***: ${JSON.stringify(fields)}`, () => {
    const { log, lines } = capture()
    log.info(fields, 'something happened')
    assert.ok(!lines.join('').includes('hunter2'), lines.join(''))
    assert.ok(lines.join('').includes('***'))
  })
}

test('a line for people has the fields after the message, and an error with its stack', () => {
  const { log, lines } = capture(true)
  log.error({ accountId: 'acct_1', error: new Error('no answer') }, 'run stopped')
  assert.match(lines.join(''), /error.* run stopped accountId=acct_1\nError: no answer\n\s+at /)
})
