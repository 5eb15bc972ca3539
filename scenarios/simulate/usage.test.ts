import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')

for (const [words, code, told] of [
  [['scenarios/simulate/main.ts', '--help'], 0, /^npm run simulate -- /],
  [
    ['scenarios/simulate/main.ts', '--seed', '5'],
    2,
    /^Unknown option '--seed'[^]*npm run simulate/,
  ],
  [['bench/main.ts', 'routing', '--help'], 0, /^npm run bench -- NAME/],
  [['bench/main.ts', 'routing', '--seed'], 2, /^routing: Unknown option '--seed'[^]*npm run bench/],
  [['bench/main.ts', 'renewals', '--sizes', '10,x'], 2, /^renewals: --sizes is a whole number/],
  [['bench/main.ts', 'recovery', '--world', 'nowhere'], 2, /^recovery: --world: no world nowhere/],
  [['scenarios/kill-nine/main.ts', '--help'], 0, /^npm run kill-nine -- /],
  [
    ['scenarios/kill-nine/main.ts', '--kills', 'x'],
    2,
    /^--kills is a whole number[^]*npm run kill/,
  ],
] as const)
  test(`${words.join(' ')} tells how it is used, and shows no stack`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: ROOT,
      encoding: 'utf8',
    })
    assert.equal(status, code, stderr)
    assert.match(code === 0 ? stdout : stderr, told)
    assert.doesNotMatch(stderr, /\n {4}at /)
  })

test('a bench tells on standard error what it is at, once it has taken two seconds', async () => {
  const bench = spawn(process.execPath, ['bench/main.ts', 'routing'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [told] = await once(bench.stderr, 'data')
  bench.kill()
  assert.match(String(told), /^routing … \d+ s, \w/)
})
