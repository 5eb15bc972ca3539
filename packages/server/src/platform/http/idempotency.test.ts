import type { Uuid } from '@perennial/core/ids'
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { sql } from 'kysely'
import Type from 'typebox'
import type { Answer } from '@perennial/testkit'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import type { CommandContext } from '../command/index.ts'
import { sha256Hex } from '../crypto/index.ts'
import { DatabaseOutage } from '../db/index.ts'
import { admit } from './idempotency/idempotency.ts'
import { LiveClaims } from './idempotency/live-claims.ts'
import { ApiRefusal, type ApiModule } from './index.ts'

const HOUR_MS = 3_600_000

/** What the probe's handler does next. */
let behave: (context: CommandContext) => Promise<object> = async () => ({})
let runs = 0

const Body = Type.Object({ text: Type.Optional(Type.String()) })
const probe: ApiModule = (app, { loaders }) => {
  loaders.register('order', async (_context, id) => {
    assert.ok(id !== BROKEN || !broken, 'planted')
    return id === GONE ? null : { loaded: id }
  })
  const schema = {
    body: Body,
    response: { 201: Type.Unsafe<object>({ type: 'object', additionalProperties: true }) },
  }
  for (const method of ['GET', 'DELETE'] as const) {
    app.route({
      method,
      url: '/probe',
      config: { scope: 'orders:write' },
      handler: async ({ context }) => {
        runs += 1
        return behave(context)
      },
    })
  }
  for (const url of ['/probe', '/probe/other']) {
    app.post(url, { config: { scope: 'orders:write' }, schema }, async ({ context }, reply) => {
      runs += 1
      return reply.code(201).send(await behave(context))
    })
  }
}

const MADE = '01890a5d-ac96-774b-bcce-b302099a8057' as Uuid
const BROKEN = '01890a5d-ac96-774b-bcce-b302099a8059' as Uuid
let broken = true
const GONE = '01890a5d-ac96-774b-bcce-b302099a8058' as Uuid

let api: TestApi
before(async () => {
  api = await startTestApi([probe])
})
after(() => api.close())
beforeEach(() => {
  runs = 0
  behave = async () => ({ run: runs })
})

const post = (
  key: string,
  body: object = { text: 'a' },
  options: { path?: string; apiKey?: string } = {},
): Promise<Answer> =>
  api.request('POST', options.path ?? '/probe', {
    body,
    headers: { 'idempotency-key': key },
    ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
  })

/** What a process leaves behind that died in mid-request, `agoMs` ago. */
async function leaveRunning(
  key: string,
  left: { readonly agoMs: number; readonly objectId?: Uuid },
): Promise<void> {
  await api.database.kysely
    .insertInto('idempotency_keys')
    .values({
      account_id: api.account.sandbox.accountId,
      api_key_id: await sandboxKeyId(),
      route: 'POST /v2/probe',
      key,
      request_hash: sha256Hex(JSON.stringify({ text: 'a' })),
      started_at: api.clock.now(),
      object_kind: left.objectId === undefined ? null : 'order',
      object_id: left.objectId ?? null,
    })
    .execute()
  api.clock.advanceMs(left.agoMs)
}

async function sandboxKeyId(): Promise<Uuid> {
  const row = await api.database.kysely
    .selectFrom('api_keys')
    .select('id')
    .where('secret_hash', '=', sha256Hex(api.account.sandbox.apiKey))
    .executeTakeFirstOrThrow()
  return row.id
}

test('a repetition is answered with the same status and body, and says that it is one', async () => {
  const first = await post('again')
  const second = await post('again')
  assert.deepEqual([second.status, second.body], [201, first.body])
  assert.equal(first.headers['idempotency-replayed'], undefined)
  assert.equal(second.headers['idempotency-replayed'], 'true')
  assert.equal(second.headers['content-type'], first.headers['content-type'])
  assert.equal(runs, 1)
})

test('another body under the same key is refused', async () => {
  await post('conflict')
  const refused = await post('conflict', { text: 'b' })
  assert.equal(refused.status, 409)
  assert.equal(refused.at('error.type'), 'idempotency_error')
  assert.equal(refused.at('error.code'), 'idempotency_conflict')
  assert.equal(runs, 1)
})

test('a key counts for one method, path and API key', async () => {
  const other = await api.request('POST', '/api-keys', { body: { name: 'second' } })
  await post('scoped')
  await post('scoped', { text: 'b' }, { path: '/probe/other' })
  await post('scoped', { text: 'c' }, { apiKey: other.text('data.secret') })
  assert.equal(runs, 3)
})

test('a key is forgotten after 24 hours', async () => {
  await post('old')
  api.clock.advanceMs(24 * HOUR_MS - 1)
  assert.equal((await post('old')).headers['idempotency-replayed'], 'true')
  api.clock.advanceMs(2)
  const anew = await post('old', { text: 'b' })
  assert.equal(anew.status, 201)
  assert.equal(anew.headers['idempotency-replayed'], undefined)
  assert.equal(runs, 2)
})

test('while the first one runs, a second one is told so', async () => {
  let finish: () => void = () => {}
  const started = new Promise<void>((resolve) => {
    behave = () => {
      resolve()
      return new Promise((done) => {
        finish = () => done({ run: runs })
      })
    }
  })
  const first = post('slow')
  await started
  const second = await post('slow')
  assert.equal(second.status, 409)
  assert.equal(second.at('error.code'), 'idempotency_in_progress')
  finish()
  assert.equal((await first).status, 201)
  assert.equal((await post('slow')).headers['idempotency-replayed'], 'true')
  assert.equal(runs, 1)
})

test('of many at the same moment one runs', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('crowd')))
  assert.equal(runs, 1)
  for (const { status } of answers) assert.ok(status === 201 || status === 409)
})

test('an error of ours before anything was committed is not kept: the next one runs', async () => {
  behave = () => Promise.reject(new Error('planted'))
  assert.equal((await post('fails')).status, 500)
  behave = async () => ({ ok: true })
  const second = await post('fails')
  assert.equal(second.status, 201)
  assert.equal(second.headers['idempotency-replayed'], undefined)
})

test('an error of ours after something was committed is kept', async () => {
  behave = async (context) => {
    await context.inTx((tx) => context.remember(tx, 'order', MADE))
    throw new Error('planted')
  }
  const first = await post('fails-late')
  assert.equal(first.status, 500)
  const second = await post('fails-late')
  assert.deepEqual([second.status, second.body], [500, first.body])
  assert.equal(runs, 1)
})

function busy(): ApiRefusal {
  const told = { type: 'invalid_request_error', code: 'conflict' } as const
  return new ApiRefusal({ status: 409, ...told, message: 'Wait for the outcome.' })
}

test('what is in the way may go away: a conflict is not kept', async () => {
  behave = () => Promise.reject(busy())
  assert.equal((await post('busy')).status, 409)
  behave = async () => ({ ok: true })
  const second = await post('busy')
  assert.deepEqual([second.status, second.body], [201, { ok: true }])
  assert.equal(second.headers['idempotency-replayed'], undefined)
  assert.deepEqual((await post('busy')).headers['idempotency-replayed'], 'true')
})

test('a conflict after something was committed is not kept either: the repetition is told what there is', async () => {
  behave = async (context) => {
    await context.inTx((tx) => context.remember(tx, 'order', MADE))
    throw busy()
  }
  assert.equal((await post('busy-late')).status, 409)
  const answer = await post('busy-late')
  assert.deepEqual([answer.status, answer.body, runs], [201, { loaded: MADE }, 1])
})

test('an outage after something was committed: the repetition is told what there is, at once', async () => {
  behave = async (context) => {
    await context.inTx((tx) => context.remember(tx, 'order', MADE))
    throw new DatabaseOutage(new Error('planted'))
  }
  const first = await post('cut-off')
  assert.equal(first.status, 503)
  assert.match(first.text('error.message'), /same Idempotency-Key/)
  for (const repetition of [await post('cut-off'), await post('cut-off')]) {
    assert.deepEqual([repetition.status, repetition.body], [201, { loaded: MADE }])
    assert.equal(repetition.headers['idempotency-replayed'], 'true')
  }
  assert.equal(runs, 1)
})

test('of two that wait for each other one gives way: nothing of it is written, and it may be repeated', async () => {
  for (const code of ['40P01', '40001']) {
    const key = `gave-way-${code}`
    behave = (context) =>
      context.inTx(async (tx) => {
        await context.remember(tx, 'order', MADE)
        await sql`do ${sql.raw(`$$ begin raise exception using errcode = '${code}'; end $$`)}`.execute(
          tx,
        )
        return {}
      })
    const first = await post(key)
    assert.deepEqual([first.status, first.at('error.code')], [409, 'conflict'])
    assert.equal(first.headers['retry-after'], '1')
    behave = async () => ({ ok: true })
    const second = await post(key)
    assert.deepEqual([second.status, second.body], [201, { ok: true }])
    assert.equal(second.headers['idempotency-replayed'], undefined)
  }
})

test('that there was no room is not kept: there may be some', async () => {
  const told = { type: 'rate_limit_error', code: 'rate_limit_exceeded' } as const
  behave = () => Promise.reject(new ApiRefusal({ status: 429, ...told, message: 'Wait.' }))
  assert.equal((await post('crowded')).status, 429)
  behave = async () => ({ ok: true })
  assert.equal((await post('crowded')).status, 201)
})

test('a refusal is kept', async () => {
  const bad = { text: 5 }
  const first = await post('refused', bad)
  assert.equal(first.status, 400)
  const second = await post('refused', bad)
  assert.deepEqual([second.status, second.body], [400, first.body])
  assert.equal(second.headers['idempotency-replayed'], 'true')
})

test('after a crash that left an object, the repetition is answered with it and nothing runs again', async () => {
  await leaveRunning('crashed-after', { agoMs: 60_001, objectId: MADE })
  const answer = await post('crashed-after')
  assert.deepEqual([answer.status, answer.body], [201, { loaded: MADE }])
  assert.equal(answer.headers['idempotency-replayed'], 'true')
  assert.equal(runs, 0)
  assert.deepEqual((await post('crashed-after')).body, { loaded: MADE })
})

test('after a crash that left nothing, the repetition runs', async () => {
  await leaveRunning('crashed-before', { agoMs: 60_001 })
  const answer = await post('crashed-before')
  assert.deepEqual([answer.status, answer.body], [201, { run: 1 }])
})

test('a request that may still run is not taken over', async () => {
  await leaveRunning('maybe-alive', { agoMs: 60_000 })
  assert.equal((await post('maybe-alive')).at('error.code'), 'idempotency_in_progress')
  assert.equal(runs, 0)
})

test('an object that is gone by then is 404', async () => {
  await leaveRunning('crashed-gone', { agoMs: 60_001, objectId: GONE })
  assert.equal((await post('crashed-gone')).status, 404)
})

test('a request that was taken over cannot commit any more', async () => {
  let goOn: () => void = () => {}
  const started = new Promise<void>((resolve) => {
    behave = async (context) => {
      if (runs > 1) return { run: runs }
      resolve()
      await new Promise<void>((done) => {
        goOn = done
      })
      await context.inTx((tx) => context.remember(tx, 'order', MADE))
      return { run: 1 }
    }
  })
  const stuck = post('stuck')
  await started
  api.clock.advanceMs(60_001)
  const second = await post('stuck')
  assert.deepEqual(second.body, { run: 2 })
  goOn()
  assert.equal((await stuck).status, 409)
  assert.deepEqual((await post('stuck')).body, { run: 2 })
})

test('reading and deleting ignore the key', async () => {
  const headers = { 'idempotency-key': 'ignored' }
  for (const method of ['GET', 'DELETE'] as const) {
    const first = await api.request(method, '/probe', { headers })
    const second = await api.request(method, '/probe', { headers })
    assert.deepEqual([first.body, second.body], [{ run: 1 }, { run: 2 }])
    runs = 0
  }
})

const keys: readonly (readonly [name: string, key: string, status: number])[] = [
  ['one character', 'x', 201],
  ['255 characters', 'x'.repeat(255), 201],
  ['256 characters', 'x'.repeat(256), 400],
  ['none', '', 400],
]
for (const [name, key, status] of keys) {
  test(`a key of ${name}: ${status}`, async () => {
    assert.equal((await post(key)).status, status)
  })
}

test('a secret is shown once and never stored', async () => {
  const request = () =>
    api.request('POST', '/api-keys', {
      body: { name: 'kept' },
      headers: { 'idempotency-key': 'secret' },
    })
  const first = await request()
  const second = await request()
  assert.match(first.text('data.secret'), /^rk_sandbox_/)
  assert.equal(second.at('data.id'), first.at('data.id'))
  assert.equal(second.at('data.secret'), undefined)
  const rows = await api.database.kysely
    .selectFrom('idempotency_keys')
    .select('response_body')
    .where('key', '=', 'secret')
    .execute()
  assert.equal(rows.length, 1)
  assert.ok(!String(rows[0]?.response_body).includes(first.text('data.secret')))
})

test('a request that takes long and says that it is under way is not taken over', async () => {
  const route = 'POST /v2/probe'
  const { accountId } = api.account.sandbox
  const asked = { accountId, apiKeyId: await sandboxKeyId(), route, key: 'long', requestHash: 'x' }
  const first = await admit(api, asked)
  assert.equal(first.kind, 'run')
  const live = new LiveClaims(api)
  live.add(first.claim)
  for (let minute = 0; minute < 3; minute += 1) {
    api.clock.advanceMs(59_000)
    await live.sayAlive()
    await assert.rejects(admit(api, asked), ApiRefusal)
  }
  live.delete(first.claim)
  await live.sayAlive()
  api.clock.advanceMs(60_001)
  assert.equal((await admit(api, asked)).kind, 'run')
})

test('what could not be told after a crash is not kept: the next repetition is told', async () => {
  await leaveRunning('crashed-mute', { agoMs: 60_001, objectId: BROKEN })
  assert.equal((await post('crashed-mute')).status, 500)
  broken = false
  const answer = await post('crashed-mute')
  assert.deepEqual([answer.status, answer.body], [201, { loaded: BROKEN }])
  assert.equal(runs, 0)
})
