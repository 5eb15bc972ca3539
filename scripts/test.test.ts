import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

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
    const outcome = await runTestsOn(file)
    assert.match(outcome.output, says)
    assert.equal(outcome.code, code)
  })
}

async function runTestsOn(text: string): Promise<{ code: number | null; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  try {
    const path = join(folder, 'planted.test.ts')
    writeFileSync(path, text)
    // Else node:test refuses to run inside itself.
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
    const env = { ...inherited, PERENNIAL_LEAK_GRACE_MS: '2000' }
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
