import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHECKS } from './checks.ts'

test('docs/verify.md lists every check with its promise, in order', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/verify.md'), 'utf8')
  const listed = page.match(/^\| `\w+` \| .* \|$/gm)
  assert.deepEqual(
    listed,
    CHECKS.map(({ name, promise }) => `| \`${name}\` | ${promise} |`),
  )
})
