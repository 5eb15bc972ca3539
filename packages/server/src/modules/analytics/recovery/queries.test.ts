import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addMs, formatInstant } from '@perennial/core/time'
import { sql } from 'kysely'
import { startTestApi, type TestApi } from '../../../testing/test-api.ts'
import { GROUPS_MAX, sumRecoveries } from './queries.ts'

let api: TestApi
before(async () => {
  api = await startTestApi([])
})
after(() => api.close())

test('where there are more groups than are shown, the largest of every currency are', async () => {
  const { accountId } = api.account.sandbox
  const now = api.clock.now()
  const at = formatInstant(now)
  await api.database.tx(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await sql`
      insert into recovery_clients (account_id, id, api_key_id, publishable_key_id, webhook_secret_sealed, created_at, updated_at)
      values (${accountId}, ${accountId}, ${accountId}, ${accountId}, '', ${at}, ${at})`.execute(tx)
    await sql`
      insert into outside_recoveries (account_id, id, client_id, state, handed_token, token, fallback_tokens, amount_minor, currency,
        is_urgent, is_simulated, is_customer_present, last_attempt_at, strategy, opened_at, closed_at, card_bin)
      select ${accountId}, gen_random_uuid(), ${accountId}, 'failed', 't', 't', '[]', n, case when n <= 2 then 'USD' else 'EUR' end,
             false, false, false, ${at}, 'none', ${at}, ${at}, (400000 + n)::text
        from generate_series(1, ${GROUPS_MAX + 100}) as n`.execute(tx)
  })
  const period = {
    from: addMs(now, -1),
    to: addMs(now, 1),
    source: 'outside',
    currency: null,
  } as const
  const given = { period, group: 'issuer', reasons: new Map() } as const
  const sums = await api.database.tx((tx) => sumRecoveries(tx, accountId, given))
  assert.equal(sums.length, GROUPS_MAX)
  assert.equal(sums[0]?.total_groups, GROUPS_MAX + 100)
  const shown = [...sums.slice(0, 2), ...sums.slice(-2)].map((sum) => `${sum.currency} ${sum.key}`)
  assert.deepEqual(shown, ['EUR 400600', 'EUR 400599', 'USD 400002', 'USD 400001'])
})
