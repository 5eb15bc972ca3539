import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
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
