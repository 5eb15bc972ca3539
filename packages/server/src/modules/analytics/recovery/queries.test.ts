import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { addMs, formatInstant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import { startTestApi, type TestApi } from '../../../testing/test-api.ts'
import { IS_EXPLORING } from '../../recovery/index.ts'
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

const TRIES = [
  ['the best gateway of the instant is the runner-up', '2', '14:00', '1', true],
  ['another hour is, there', '1', '15:00', '1', false],
  ['another hour is, at another gateway', '2', '15:00', '1', false],
  ['nothing else was considered', '1', null, null, false],
  ['the rules of the account choose the gateway', null, '14:00', null, false],
] as const

for (const [name, gateway, runnerUpAt, runnerUpGateway, expected] of TRIES)
  test(`a retry explores or not: ${name}`, async () => {
    const { rows } = await sql<{ readonly explores: boolean }>`
      select ${IS_EXPLORING} as explores
        from (values ('14:00', ${gateway}::text, ${runnerUpAt}::text, ${runnerUpGateway}::text))
          as d (due_at, gateway_id, runner_up_at, runner_up_gateway_id)`.execute(
      api.database.kysely,
    )
    assert.deepEqual(rows, [{ explores: expected }])
  })

test('retries that were to show how another gateway does are told, and what those that won have brought', async () => {
  const { accountId } = api.account.live
  const now = api.clock.now()
  const at = sql`${formatInstant(now)}::timestamptz`
  const [best, other] = [api.ids.next(), api.ids.next()]
  await api.database.tx(async (tx) => {
    const insert = (into: RawBuilder<unknown>): Promise<unknown> => into.execute(tx)
    await insert(sql`set local session_replication_role = replica`)
    const open = async (amountMinor: number, state: string): Promise<{ id: Uuid; bill: Uuid }> => {
      const [bill, id] = [api.ids.next(), api.ids.next()]
      await insert(sql`
        insert into recovery_cases (account_id, id, invoice_id, customer_id, state, amount_minor, currency, opened_at, closed_at)
        values (${accountId}, ${id}, ${bill}, ${bill}, ${state}, ${amountMinor}, 'USD', ${at}, ${at})`)
      return { id, bill }
    }
    const decide = (of: { id: Uuid }, number: number, gateway: Uuid, instead: Uuid) =>
      insert(sql`
        insert into recovery_decisions (account_id, id, case_id, kind, policy, retry_number, due_at, gateway_id, runner_up_at,
          runner_up_gateway_id, reasons, learned_from, decided_at)
        values (${accountId}, ${api.ids.next()}, ${of.id}, 'try', 'planner', ${number}, ${at}, ${gateway}, ${at}, ${instead},
                '[]', 0, ${at})`)
    const retry = async (of: { bill: Uuid }, number: number, gateway: Uuid): Promise<Uuid> => {
      const id = api.ids.next()
      await insert(sql`
        insert into payment_attempts (account_id, id, state, invoice_id, customer_id, payment_method_id, gateway_id,
          attempt_number, retry_number, retry_kind, amount_minor, currency, created_at)
        values (${accountId}, ${id}, 'declined', ${of.bill}, ${of.bill}, ${of.bill}, ${gateway}, ${number}, ${number}, 'scheduled',
                2900, 'USD', ${at})`)
      return id
    }
    const won = await open(2900, 'recovered')
    await decide(won, 1, best, best)
    await retry(won, 1, best)
    await decide(won, 2, other, best)
    const winner = await retry(won, 2, other)
    await insert(sql`
      insert into transactions (account_id, id, type, status, invoice_id, customer_id, gateway_id, attempt_id, amount_minor,
        currency, created_at, updated_at)
      values (${accountId}, ${api.ids.next()}, 'sale', 'succeeded', ${won.bill}, ${won.bill}, ${other}, ${winner}, 2900, 'USD',
              ${at}, ${at})`)
    const lost = await open(5000, 'exhausted')
    await decide(lost, 1, other, best)
    await retry(lost, 1, other)
    // Decided anew before it was made.
    await decide(lost, 2, other, best)
    await decide(lost, 2, best, best)
    await retry(lost, 2, best)
  })
  const period = { from: addMs(now, -1), to: addMs(now, 1), source: 'all', currency: null } as const
  const given = { period, group: null, reasons: new Map() } as const
  const [sum] = await api.database.tx((tx) => sumRecoveries(tx, accountId, given))
  assert.partialDeepStrictEqual(sum, {
    attempts: 4,
    recovered_minor: 2900n,
    explored_attempts: 2,
    explored_recovered: 1,
    explored_minor: 2900n,
  })
})
