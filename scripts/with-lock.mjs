// One process at a time, across processes: whoever makes the folder holds the lock. Plain JavaScript
// for the same reason as with-node.mjs.
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const POLL_MS = 200
const QUIET_MS = 2_000
/** Between the making of the folder and the writing of its owner. */
const OWNERLESS_MAX_MS = 10_000
/** A lock this old belongs to a process whose id has been given to another one since. */
const AGE_MAX_MS = 30 * 60_000

export function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  }
}

/** A lock is held for as long as one of its owners runs. */
export function addOwner(folder, processId) {
  appendFileSync(join(folder, 'owners'), `${processId}\n`)
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function isAlive(id) {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}

function isAbandoned(folder) {
  const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  const owners = (readText(join(folder, 'owners')) ?? '').split('\n').filter((line) => line !== '')
  if (owners.length === 0) return age > OWNERLESS_MAX_MS
  return age > AGE_MAX_MS || !owners.some((id) => isAlive(Number(id)))
}

function tryMkdir(folder) {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** A folder is made by exactly one process; a dead owner's is cleared away by one process at a time. */
export async function withLock(folder, work) {
  mkdirSync(dirname(folder), { recursive: true })
  const startedAt = Date.now()
  let isSaid = false
  while (!tryMkdir(folder)) {
    const clearing = `${folder}.clearing`
    if (isAbandoned(folder) && tryMkdir(clearing)) {
      if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true })
      rmSync(clearing, { recursive: true, force: true })
    } else if (existsSync(clearing) && isAbandoned(clearing)) {
      rmSync(clearing, { recursive: true, force: true })
    }
    if (!isSaid && Date.now() - startedAt > QUIET_MS) {
      process.stderr.write('waiting for another process that is installing packages …\n')
      isSaid = true
    }
    await sleep(POLL_MS)
  }
  addOwner(folder, process.pid)
  try {
    return await work()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
