import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

/** The text of a test file, and settings it is run with. */
type Run = { readonly file: string; readonly env?: Record<string, string> }

const FAST_CHECK = import.meta.resolve('fast-check')
const GOOD = "import { test } from 'node:test'\ntest('holds', () => {})\n"

/** Files that are run together, the exit code and what must be said. */
const CASES = [
  { name: 'a passing file', file: GOOD, code: 0, says: /\n1 passed, 0 failed\n$/ },
  {
    name: 'a failing test',
    file: `${GOOD}test('outer', async (t) => { await t.test('inner', () => { throw new Error('no') }) })\n`,
    code: 1,
    says: /outer > inner\nError: no[\s\S]*\n1 passed, 1 failed\n$/,
  },
  {
    name: 'an error outside of every call of a test',
    file: `${GOOD}test('waits', () => new Promise((resolve) => { setImmediate(() => { setImmediate(resolve); throw new Error('astray') }) }))\n`,
    code: 1,
    says: /the file itself failed\nError: astray[\s\S]*\n2 passed, 1 failed\n$/,
  },
  {
    name: 'a promise that is refused and nobody waits for',
    file: `${GOOD}test('waits', async () => { void Promise.reject(new Error('astray')); await new Promise(setImmediate) })\n`,
    code: 1,
    says: /the file itself failed\nError: astray[\s\S]*\n2 passed, 1 failed\n$/,
  },
  {
    name: 'a file that does not load',
    file: "import './absent.ts'\n",
    code: 1,
    says: /ERR_MODULE_NOT_FOUND[\s\S]*\n0 passed, 1 failed\n$/,
  },
  {
    name: 'a file without a test',
    file: 'export {}\n',
    code: 1,
    says: /holds no test[\s\S]*\n0 passed, 1 failed\n$/,
  },
  {
    name: 'a file that leaves a server open',
    file: `import net from 'node:net'\n${GOOD}net.createServer().listen(0)\n`,
    code: 1,
    says: /still open after the last test: TCPServerWrap[\s\S]*\n1 passed, 1 failed\n$/,
  },
]

for (const { name, file, code, says } of CASES) {
  test(`${name} ends with exit code ${code}`, { concurrency: true }, async () => {
    const outcome = await runTestsOn({ file })
    assert.match(outcome.output, says)
    assert.equal(outcome.code, code)
  })
}

/** Says which seed it was given, as it does not hold. */
const failingProperty = (parameters: string): string =>
  `import { test } from 'node:test'\nimport fc from '${FAST_CHECK}'\n` +
  `test('does not hold', () => fc.assert(fc.property(fc.nat(), () => false), ${parameters}))\n`

const SEEDS = [
  { name: 'the same each time', file: failingProperty('{}'), env: {}, seed: 1 },
  {
    name: 'other ones where they are asked for',
    file: failingProperty('{}'),
    env: { PERENNIAL_PROPERTY_SEED: '77' },
    seed: 77,
  },
  {
    name: 'its own where it names a seed',
    file: failingProperty('{ seed: 5 }'),
    env: { PERENNIAL_PROPERTY_SEED: '77' },
    seed: 5,
  },
]

for (const { name, seed, ...run } of SEEDS) {
  test(`the cases of a property are ${name}`, { concurrency: true }, async () => {
    const { output } = await runTestsOn(run)
    assert.match(output, new RegExp(`\\{ seed: ${seed}, path: `))
  })
}

async function runTestsOn({
  file,
  env: more,
}: Run): Promise<{ code: number | null; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  try {
    const path = join(folder, 'planted.test.ts')
    writeFileSync(path, file)
    // Else node:test refuses to run inside itself.
    const { NODE_TEST_CONTEXT: _, PERENNIAL_PROPERTY_SEED: __, ...inherited } = process.env
    const env = { ...inherited, PERENNIAL_LEAK_GRACE_MS: '2000', ...more }
    const child = spawn(process.execPath, [join(import.meta.dirname, 'test.ts'), path], { env })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    return { code, output }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
