// Runs alone: it takes half a minute.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

import pg from 'pg'

import { startPostgres, PostgresStartError, type RunningPostgres } from './index.ts'
import { isPidRunning } from './process-identity.ts'

const log = { info: () => undefined, warn: (message: unknown) => assert.fail(String(message)) }
let dataDir: string
let running: RunningPostgres[]
let children: ChildProcess[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'perennial-test-'))
  running = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const server of running) await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function start(source?: 'system' | 'bundled'): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, log, ...(source === undefined ? {} : { source }) })
  running.push(server)
  return server
}

async function stop(server: RunningPostgres): Promise<void> {
  running = running.filter((other) => other !== server)
  await server.stop()
}

async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query({ text, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

async function serverPid(): Promise<number> {
  return Number.parseInt(
    await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8'),
    10,
  )
}

/** Another service process on the same data, that says when it has its database. */
async function startInChild(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'start-postgres.child.ts'), dataDir],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  children.push(child)
  assert.ok(child.stdout !== null)
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

for (const source of ['system', 'bundled'] as const) {
  test(`${source} programs: a database from nothing in 5 s, and the same data again in 1 s`, async (t) => {
    const begunAt = performance.now()
    const first = await start(source).catch((error: unknown) => {
      if (error instanceof PostgresStartError && error.message.startsWith('no PostgreSQL'))
        return null
      throw error
    })
    if (first === null) return t.skip(`no ${source} programs on this machine`)
    assert.ok(performance.now() - begunAt < 5_000)
    await query(first.url, 'create table kept as select 7 as n')
    assert.equal(await query(first.url, 'show fsync'), 'on')
    assert.equal(await query(first.url, 'show timezone'), 'UTC')
    assert.equal(first.source, source)
    await stop(first)

    const againAt = performance.now()
    const second = await start(source)
    assert.ok(performance.now() - againAt < 1_000)
    assert.equal(await query(second.url, 'select n from kept'), 7)
    assert.match(second.version, /^1[5-9]\./)
  })
}

test('the password is asked for, readable by its owner only, and in no command line', async () => {
  const server = await start()
  const url = new URL(server.url)
  const { mode } = await stat(join(dataDir, 'postgres/password'))
  assert.equal(mode & 0o777, 0o600)
  assert.ok(url.password.length >= 32)
  if (process.platform === 'linux') {
    const commandLine = await readFile(`/proc/${await serverPid()}/cmdline`, 'utf8')
    assert.ok(!commandLine.includes(url.password))
  }
  url.password = 'wrong'
  await assert.rejects(query(url.href, 'select 1'), { code: '28P01' })
})

test('a second user joins the running server, and only the last to leave stops it', async () => {
  const first = await start()
  const second = await start()
  assert.equal(second.source, 'joined')
  assert.equal(second.url, first.url)
  const pid = await serverPid()
  await stop(first)
  assert.equal(await query(second.url, 'select 1'), 1)
  await stop(second)
  assert.equal(isPidRunning(pid), false)
})

test('two processes that start at once on an empty folder share one server', async () => {
  const [server, child] = await Promise.all([start(), startInChild()])
  assert.equal(
    await query(
      server.url,
      "select count(*) from pg_stat_activity where application_name = 'child'",
    ),
    '1',
  )
  const pid = await serverPid()
  await stop(server)
  assert.equal(isPidRunning(pid), true)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  assert.equal(isPidRunning(pid), false)
})

test('after a service was killed, the next start joins the server it left, and may stop it', async () => {
  const child = await startInChild()
  const pid = await serverPid()
  await kill(child)
  assert.equal(isPidRunning(pid), true)
  const server = await start()
  assert.equal(server.source, 'joined')
  await stop(server)
  assert.equal(isPidRunning(pid), false)
})

test('after the server itself was killed, the next start recovers its data', async () => {
  const server = await start()
  await query(server.url, 'create table kept as select 7 as n')
  process.kill(await serverPid(), 'SIGKILL')
  await stop(server)
  const again = await start()
  assert.equal(await query(again.url, 'select n from kept'), 7)
})

test('a server that ends while it is used comes back in its place, for every user of it', async () => {
  const told = new EventEmitter()
  let warnings = 0
  const warn = () => {
    warnings += 1
    told.emit('again')
  }
  const settings = { dataDir, log: { info: () => undefined, warn } }
  const users = [await startPostgres(settings), await startPostgres(settings)]
  const stopping = new AbortController()
  const keeping = Promise.all(users.map((user) => user.keepRunning(stopping.signal)))
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const ended = await serverPid()
    // One that ends while it starts is told of once with the next.
    const isBack = once(told, 'again')
    process.kill(ended, signal)
    await isBack
    assert.notEqual(await serverPid(), ended)
  }
  for (const { url } of users) assert.equal(await query(url, 'select 1'), 1)
  stopping.abort()
  await keeping
  assert.equal(warnings, 2)
  const last = await serverPid()
  for (const user of users) await user.stop()
  assert.equal(isPidRunning(last), false)
})

test('a server that ended and cannot be brought back is told, for its users cannot find it', async () => {
  const server = await start()
  const keeping = server.keepRunning(new AbortController().signal)
  await writeFile(join(dataDir, 'postgres/cluster/PG_VERSION'), '9\n')
  process.kill(await serverPid(), 'SIGINT')
  await assert.rejects(keeping, { name: 'PostgresStartError' })
})

test("a left-over postmaster.pid that names somebody else's process does not get in the way", async () => {
  await stop(await start())
  const file = join(dataDir, 'postgres/cluster/postmaster.pid')
  await writeFile(file, `${process.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n\nready\n`)
  const server = await start()
  assert.equal(await query(server.url, 'select 1'), 1)
})

test('data of a version that is not installed is refused with both versions named', async () => {
  await mkdir(join(dataDir, 'postgres/cluster'), { recursive: true })
  await writeFile(join(dataDir, 'postgres/cluster/PG_VERSION'), '9\n')
  await assert.rejects(start(), (error) => {
    assert.ok(error instanceof PostgresStartError)
    assert.match(
      error.message,
      /written by PostgreSQL 9, and no such version was found \(found: 1\d/,
    )
    return true
  })
})

test('root may keep its data in a folder that nobody else may enter', async (t) => {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return t.skip('needs root on Linux')
  await chmod(dataDir, 0o700)
  for (const source of ['system', 'bundled'] as const) {
    dataDir = join(dataDir, source)
    const server = await start(source)
    assert.equal(await query(server.url, 'select 1'), 1)
    assert.equal((await stat(dataDir)).uid, 0)
    await stop(server)
    dataDir = join(dataDir, '..')
  }
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700)
})
