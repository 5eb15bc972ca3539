import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const WITH_LOCK = pathToFileURL(join(import.meta.dirname, 'with-lock.mjs')).href

/** Writes "in" and "out" around a turn of the event loop, under the lock. */
const WORKER = `
import { appendFileSync } from 'node:fs'
import { withLock } from '${WITH_LOCK}'
const [folder, log] = process.argv.slice(1)
await withLock(folder, async () => {
  appendFileSync(log, 'in\\n')
  await new Promise((resolve) => setImmediate(resolve))
  appendFileSync(log, 'out\\n')
})
`

test('processes that want the lock at once have it one after the other', async () => {
  const entries = await runWorkers(3, () => {})
  assert.deepEqual(entries, ['in', 'out', 'in', 'out', 'in', 'out'])
})

test('the lock of a process that was killed is taken over', async () => {
  const { pid } = spawnSync(process.execPath, ['--eval', ''])
  const entries = await runWorkers(2, (lock) => {
    mkdirSync(lock)
    writeFileSync(join(lock, 'owners'), `${pid}\n`)
  })
  assert.deepEqual(entries, ['in', 'out', 'in', 'out'])
})

test('the lock is kept while a child of its dead owner still works', async () => {
  const { pid } = spawnSync(process.execPath, ['--eval', ''])
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'])
  const entries = await runWorkers(1, (lock, log) => {
    mkdirSync(lock)
    writeFileSync(join(lock, 'owners'), `${pid}\n${child.pid}\n`)
    writeFileSync(log, '')
    child.on('exit', () => writeFileSync(log, 'child\n'))
    // The worker asks several times before the child ends.
    setTimeout(() => child.stdin.end(), 700)
  })
  assert.deepEqual(entries, ['child', 'in', 'out'])
})

async function runWorkers(
  count: number,
  prepare: (lock: string, log: string) => void,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'))
  const [lock, log] = [join(folder, 'lock'), join(folder, 'log')]
  try {
    prepare(lock, log)
    const args = ['--input-type=module', '--eval', WORKER, lock, log]
    const workers = Array.from({ length: count }, () => spawn(process.execPath, args))
    await Promise.all(workers.map((worker) => new Promise((done) => worker.on('exit', done))))
    assert.equal(existsSync(lock), false)
    return readFileSync(log, 'utf8').trim().split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
