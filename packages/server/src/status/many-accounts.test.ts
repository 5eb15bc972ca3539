import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeId, isUuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import { startTestApi } from '../testing/test-api.ts'

const CLI = join(import.meta.dirname, '../../../cli/src/main.ts')
const LAST = 'ffffffff-ac96-774b-bcce-b302099a8057'
const api = await startTestApi([])
after(() => api.close())

function perennial(...words: readonly string[]): string {
  const env = { ...process.env, DATABASE_URL: api.databaseUrl }
  const done = spawnSync(process.execPath, [CLI, ...words], { env, encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout
}

test('no account is left out, and the last of very many is found by its id', async () => {
  assert.ok(isUuid(LAST))
  // UUIDs that are made up by chance stand before this one, which ends every list.
  await sql`
    insert into accounts (id, merchant_id, environment, name, timezone, currency, created_at)
    select case n when 0 then ${LAST}::uuid else gen_random_uuid() end, merchant_id, environment,
           case n when 0 then 'The last' else 'One of many' end, timezone, currency, created_at
      from (select * from accounts limit 1) a, generate_series(0, 1000) n`.execute(
    api.database.kysely,
  )
  assert.match(perennial('runs', 'list', '--account', encodeId('account', LAST)), /^The last/)
  for (const command of [['runs', 'list'], ['status']])
    assert.match(perennial(...command), /The last/)
})
