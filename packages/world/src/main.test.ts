import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { makeClient } from './testing/client.ts'
import { plainFile } from './testing/plain-world.ts'

const program = fileURLToPath(new URL('main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'world-'))
after(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'plain.json')
writeFileSync(file, JSON.stringify(plainFile()))

async function start(...options: string[]): Promise<{ url: string; child: ChildProcess }> {
  const args = [program, 'serve', '--world', file, ...options]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { url: JSON.parse(line).url, child }
}

test('a world that is killed remembers everything that it answered for', async () => {
  const first = await start('--state', join(folder, 'state'))
  const client = makeClient(first.url)
  const charged = await client.charge('tok_visa', { key: 'k' })
  await assert.rejects(client.charge('tok_timeout_charged', { key: 'lost' }))
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const second = await start('--state', join(folder, 'state'))
  const again = makeClient(second.url)
  assert.deepEqual(await again.charge('tok_visa', { key: 'k' }), charged)
  assert.equal((await again.get('/gateways/g/charges/by-key/lost')).body.status, 'succeeded')
  second.child.kill('SIGTERM')
  assert.deepEqual(await once(second.child, 'exit'), [0, null])
})

test('half a line at the end of the journal is cut off', async () => {
  const stateDir = join(folder, 'torn')
  const first = await start('--state', stateDir)
  await makeClient(first.url).charge('tok_visa', { key: 'k' })
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  writeFileSync(join(stateDir, 'journal.jsonl'), '{"kind":"attempted","att', { flag: 'a' })
  for (const key of ['k2', 'k3']) {
    const next = await start('--state', stateDir)
    await makeClient(next.url).charge('tok_visa', { key })
    const { data } = (await makeClient(next.url).get('/audit')).body
    assert.equal(data.at(-1).idempotency_key, key)
    next.child.kill('SIGTERM')
    await once(next.child, 'exit')
  }
})

test('with --with-parent the world ends when its parent’s end of the pipe closes', async () => {
  const { child } = await start('--with-parent')
  child.stdin?.end()
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

const commands: readonly (readonly [args: readonly string[], exit: number, output: RegExp])[] = [
  [['validate', 'calm'], 0, /valid world: calm/],
  [['validate', join(folder, 'bad.json')], 1, /^seed: is missing\nsed: is not a known field\n$/],
  [['validate', join(folder, 'text.json')], 1, /is not JSON/],
  [
    ['validate', 'nowhere'],
    1,
    /^no world nowhere ships: give calm, paydays, storm or the path of a file\n$/,
  ],
  [['validate', './nowhere.json'], 1, /^there is no file .\/nowhere.json: give calm/],
  [['serve', '--world', join(folder, 'bad.json')], 1, /is not a valid world:\nseed: is missing/],
  [['serve', '--port', 'any'], 1, /--port must be a whole number/],
  [['serve', '--port', '99999'], 1, /^--port must be from 0 to 65535\n$/],
  [['serve', '--portt', '1'], 1, /Unknown option/],
  [[], 1, /^Usage/],
]

const { seed, ...seedless } = plainFile()
writeFileSync(join(folder, 'bad.json'), JSON.stringify({ ...seedless, sed: seed }))
writeFileSync(join(folder, 'text.json'), 'no')

for (const [args, exit, output] of commands) {
  test(`world ${args.map((arg) => arg.replace(`${folder}/`, '')).join(' ')} exits with ${exit}`, () => {
    const run = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
    assert.equal(run.status, exit)
    assert.match(run.stdout + run.stderr, output)
  })
}

test('a second world on the same port and state fails and leaves the journal alone', async () => {
  const stateDir = join(folder, 'shared')
  const first = await start('--state', stateDir)
  const journal = join(stateDir, 'journal.jsonl')
  writeFileSync(journal, '{"kind":"attempted","att', { flag: 'a' }) // as if the first were writing
  const before = readFileSync(journal, 'utf8')
  const args = [program, 'serve', '--world', file, '--state', stateDir]
  const second = spawnSync(process.execPath, [...args, '--port', new URL(first.url).port], {
    encoding: 'utf8',
  })
  assert.equal(second.status, 1)
  assert.match(second.stderr, /EADDRINUSE/)
  assert.equal(readFileSync(journal, 'utf8'), before)
  first.child.kill('SIGTERM')
  await once(first.child, 'exit')
})
