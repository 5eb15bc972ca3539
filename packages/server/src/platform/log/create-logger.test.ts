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

test('a secret in the fields of a child log prints as *** too', () => {
  const { log, lines } = capture()
  log.child({ api_key: 'hunter2' }).info('something happened')
  assert.ok(lines.join('').includes('***') && !lines.join('').includes('hunter2'))
})

test('of an error its name, message, code, stack and causes are told, and not the row it quotes', () => {
  const { log, lines } = capture()
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email)=(a@b.c)',
  })
  log.error({ error: new Error('could not write', { cause }) }, 'run stopped')
  const { error } = JSON.parse(lines.join(''))
  assert.partialDeepStrictEqual(error, {
    name: 'Error',
    message: 'could not write',
    cause: { code: '23505' },
  })
  assert.ok(!lines.join('').includes('a@b.c'))
})

test('bigints and deep objects are told in short instead of failing', () => {
  const { log, lines } = capture()
  log.info({ amountMinor: 4900n, a: { b: { c: { d: { e: 1 } } } } }, 'told')
  assert.partialDeepStrictEqual(JSON.parse(lines.join('')), {
    amountMinor: '4900',
    a: { b: { c: { d: '…' } } },
  })
})

test('a line for people has the fields after the message, and an error with its stack', () => {
  const { log, lines } = capture(true)
  log.error({ accountId: 'acct_1', error: new Error('no answer') }, 'run stopped')
  assert.match(lines.join(''), /error.* run stopped accountId=acct_1\nError: no answer\n\s+at /)
})
