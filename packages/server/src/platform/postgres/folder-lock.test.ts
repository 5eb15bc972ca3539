import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

import { sha256Hex } from '../crypto/index.ts'
import { withLock } from './folder-lock.ts'
import { ownIdentity } from './process-identity.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'))
  path = join(folder, 'lock')
})
afterEach(() => rm(folder, { recursive: true }))

test('one at a time holds the lock, and nothing is left of it', async () => {
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all(Array.from({ length: 10 }, () => withLock(path, work)))
  assert.equal(most, 1)
  assert.deepEqual(await readdir(folder), [])
})

const stale = [
  ['a process that no longer runs', { pid: 2 ** 22 + 1, startedAt: '1' }],
  ['an earlier process with the id of a running one', { pid: process.pid, startedAt: '1' }],
  ['nobody', {}],
] as const

for (const [who, holder] of stale) {
  test(`a lock that was left by ${who} is taken over`, async () => {
    await writeFile(path, JSON.stringify(holder))
    assert.equal(await withLock(path, async () => 'worked'), 'worked')
    assert.deepEqual(await readdir(folder), [])
  })
}

test('many who find a stale lock at once still work one at a time', async () => {
  await writeFile(path, JSON.stringify({ pid: process.pid, startedAt: '1' }))
  let inside = 0
  const work = async () => {
    assert.equal((inside += 1), 1)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all(Array.from({ length: 20 }, () => withLock(path, work)))
})

test('who died while taking a stale lock over is no obstacle either', async () => {
  const dead = JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' })
  await writeFile(path, dead)
  await writeFile(
    `${path}.${sha256Hex(dead).slice(0, 16)}`,
    JSON.stringify({ pid: 2 ** 22 + 2, startedAt: '1' }),
  )
  assert.equal(await withLock(path, async () => 'worked'), 'worked')
  assert.deepEqual(await readdir(folder), [])
})

test('the lock is given back when the work fails', async () => {
  await assert.rejects(
    withLock(path, async () => {
      throw new Error('no')
    }),
    /^Error: no$/,
  )
  assert.equal(await withLock(path, async () => 'worked'), 'worked')
})

test('a running process is told from an earlier one with its id by the time it began', () => {
  assert.equal(ownIdentity().pid, process.pid)
  assert.notEqual(ownIdentity().startedAt, '')
})
