import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { tidy } from './tidy.ts'

const CORE = 'packages/core/src/money/round.ts'
const TIME = 'packages/core/src/time/instant.ts'
const MODULE = 'packages/server/src/modules/invoices/pay.ts'
const QUERIES = 'packages/server/src/modules/invoices/queries.ts'
const SCENARIO = 'scenarios/recovery/declined.scenario.ts'

/** A file, a line in it, and the rule that catches it (null = it may stand). */
const CASES: readonly (readonly [path: string, line: string, rule: string | null])[] = [
  [CORE, 'const now = new Date(0)', 'core-date'],
  [CORE, 'const today: PlainDate = start', null],
  [CORE, '// a Date would lie here', null],
  [CORE, "const label = 'Date'", null],
  [CORE, 'const x = Math.random()', 'core-random'],
  [CORE, 'const x = y.toFixed(2)', 'core-float'],
  [CORE, 'const x = parseFloat(y)', 'core-float'],
  [CORE, 'const x = Number(y)', null],
  [TIME, 'const x = Number(y)', 'core-number'],
  [CORE, 'export async function f() {}', 'core-async'],
  [CORE, 'export type Port = { charge(): Promise<void> }', null],
  [CORE, "throw new Error('no')", 'core-throw'],
  ['packages/core/src/fault/fault.ts', 'throw new Fault(believed)', null],
  [MODULE, 'await tx.run(sql`select 1`)', 'sql-outside-queries'],
  [QUERIES, 'await tx.run(sql`select 1`)', null],
  [QUERIES, 'sql`update x set at = now()`', 'sql-clock'],
  [QUERIES, 'const now = clock.now()', null],
  [QUERIES, 'for update skip locked) as due', 'claim-in-join'],
  [QUERIES, 'for update skip locked)', null],
  [MODULE, 'const now = Date.now()', 'system-clock'],
  ['packages/world/src/main.ts', 'const now = new Date()', 'system-clock'],
  ['packages/server/src/platform/clock/system-clock.ts', 'const now = Date.now()', null],
  ['packages/world/src/clock.ts', 'const now = Date.now()', null],
  [MODULE, 'const port = process.env.PORT', 'environment'],
  ['packages/cli/src/main.ts', 'const port = process.env.PORT', null],
  [MODULE, "if (gateway === 'stripe') return", 'vendor-name'],
  ['packages/server/src/gateways/stripe/index.ts', "const name = 'stripe'", null],
  [SCENARIO, "test.only('x', () => {})", 'only'],
  [SCENARIO, "test.skip('x', () => {})", 'skipped-test'],
  [SCENARIO, "return t.skip('needs root on Linux')", null],
  [SCENARIO, 'return t.skip()', 'skipped-test'],
  [SCENARIO, 'await sleep(50)', 'sleeping-test'],
  [MODULE, "export * from './pay.ts'", 'export-star'],
  [MODULE, 'console.log(1)', 'console'],
  [MODULE, '// FIXME later', 'unfinished'],
  [MODULE, '// TODO later', 'unfinished'],
  [MODULE, '// TODO: split the batch (#31)', null],
  [MODULE, '// @ts-ignore', 'type-hole'],
  [MODULE, '// oxlint-disable-next-line no-console', 'lint-suppression'],
  [MODULE, '// oxlint-disable-next-line no-console -- the logger is closed here', null],
  ['docs/guide.md', 'Look in /home/ada/perennial.', 'machine-path'],
  ['docs/guide.md', 'Fetch it from registry.npmjs.org.', 'registry-host'],
  ['docs/guide.md', 'Written by an AI assistant.', 'maker'],
  ['docs/guide.md', 'See [the rules](missing.md#top).', 'dead-link'],
  ['docs/guide.md', 'See [this page](guide.md#top) and [that](https://example.com/x).', null],
  [MODULE, 'console.log(1) // tidy: the logger is closed by now', null],
  [MODULE, 'console.log(1) // tidy: ok', 'suppression'],
  ['packages/server/src/platform/http/helpers.ts', 'export {}', 'empty-name'],
  ['packages/server/src/platform/utils/tcp.ts', 'export {}', 'empty-name'],
  ['packages/server/src/platform/http/openPort.ts', 'export {}', 'file-name'],
  ['packages/core/src/money/split.property.test.ts', 'export {}', null],
]

for (const [path, line, rule] of CASES) {
  test(`${path}: "${line}" ${rule === null ? 'may stand' : `is caught as ${rule}`}`, () => {
    const problems = tidyTree({ [path]: `\n${line}\n` })
    const found = problems.filter(({ name }) => name !== 'module-file')
    assert.deepEqual(
      found.map(({ name }) => name),
      rule === null ? [] : [rule],
    )
  })
}

test('a problem is reported with its line', () => {
  const [found] = tidyTree({ 'bench/main.ts': 'const a = 1\n/* two\nlines */ console.log(a)\n' })
  assert.deepEqual({ path: found?.path, line: found?.line }, { path: 'bench/main.ts', line: 3 })
})

test('a module without its face and its README is reported for both', () => {
  const problems = tidyTree({ 'packages/core/src/money/round.ts': 'export {}\n' })
  assert.deepEqual(
    problems.map(({ path, name }) => [path, name]),
    [
      ['packages/core/src/money/index.ts', 'module-file'],
      ['packages/core/src/money/README.md', 'module-file'],
    ],
  )
})

test('a lockfile that lacks an optional package of another platform is reported', () => {
  const lockfile = {
    packages: {
      'node_modules/fast': { version: '1.0.0', optionalDependencies: { 'fast-darwin': '1.0.0' } },
    },
  }
  const problems = tidyTree({ 'package-lock.json': JSON.stringify(lockfile) })
  assert.deepEqual(
    problems.map(({ name }) => name),
    ['incomplete-lockfile'],
  )
})

function tidyTree(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return tidy(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}
