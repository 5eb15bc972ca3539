import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import type { Resolve } from '../../platform/targets/index.ts'
import { openHttpLine } from './http-line.ts'

let port = 0
let asked = 0
const server = createServer((_, response) => {
  asked += 1
  // One connection an answer, so that the next call looks the name up again.
  response.setHeader('connection', 'close')
  response.end('{}')
})
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'it listens on a port')
  port = address.port
})
after(() => new Promise((resolve) => server.close(resolve)))

const REQUEST = { method: 'GET', path: '/', headers: {} } as const

/** A name whose owner answers otherwise the second time: first an address that is allowed, then one that is not. */
function rebinding(): Resolve {
  const answers = ['127.0.0.1', '127.0.0.2']
  return (_host, _options, done) => {
    const address = answers.shift() ?? '127.0.0.2'
    done(null, [{ address, family: 4 }])
  }
}

test('a name that turns private after it was checked is not called', async () => {
  const baseUrl = `http://stand-in.example:${port}`
  const guard = { baseUrl, privateTargets: ['127.0.0.1/32'], resolve: rebinding() }
  const line = openHttpLine({ ...guard, url: baseUrl, timeoutMs: 2_000, connections: 1 })
  try {
    assert.equal((await line.call(REQUEST)).status, 200)
    await assert.rejects(line.call(REQUEST), /private address/)
    assert.equal(asked, 1)
  } finally {
    await line.close()
  }
})

test('an address in numbers is looked at as well', async () => {
  const baseUrl = `http://127.0.0.1:${port}`
  const guard = { baseUrl, privateTargets: [] }
  const line = openHttpLine({ ...guard, url: baseUrl, timeoutMs: 2_000, connections: 1 })
  try {
    await assert.rejects(line.call(REQUEST), /private address/)
  } finally {
    await line.close()
  }
})

test('an answer that comes a byte at a time is none when its time is over', async () => {
  const trickling = createServer((_, response) => {
    const drip = setInterval(() => response.write(' '), 200)
    response.on('close', () => clearInterval(drip))
  })
  await new Promise<void>((resolve) => trickling.listen(0, '127.0.0.1', resolve))
  const address = trickling.address()
  assert(typeof address === 'object' && address !== null, 'it listens on a port')
  const baseUrl = `http://127.0.0.1:${address.port}`
  const guard = { baseUrl, privateTargets: ['127.0.0.1/32'] }
  const line = openHttpLine({ ...guard, url: baseUrl, timeoutMs: 2_000, connections: 1 })
  try {
    await assert.rejects(line.call(REQUEST), /does not end/)
  } finally {
    await line.close()
    trickling.closeAllConnections()
    await new Promise((resolve) => trickling.close(resolve))
  }
})
