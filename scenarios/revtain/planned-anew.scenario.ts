import assert from 'node:assert/strict'
import { decodeId } from '@perennial/core/ids'
import type { ScenarioWorld } from '@perennial/testkit/scenario'
import { sql } from 'kysely'
import { freshToken, story, type Biller } from './biller.ts'

story('a planned charge that is due waits for the payday of cards alike', async (world, biller) => {
  await seeRetries(world, biller)
  const handed = await biller.execute({
    paymentMethodToken: freshToken(),
    amount: 5000,
    originalDeclineCode: 'insufficient_funds',
  })
  // Nobody has told yet what the card is.
  const first = handed.text('scheduledFor').slice(0, 10)
  assert.ok(first < '2027-01-17', first)
  await world.goTo('2027-01-17')
  const path = `/recovery/handed-over/${handed.text('transactionId')}`
  const moved = await world.api.get(path)
  assert.deepEqual([moved.at('data.state'), moved.at('data.attempts_made')], ['scheduled', 0])
  assert.match(JSON.stringify(moved.at('data.decisions')), /from 5\d\d attempts on such cards/)
  const due = moved.text('data.next_attempt_at')
  assert.ok(due >= '2027-01-19' && due < '2027-01-22', due)
  await world.goTo('2027-01-22')
  const paid = await world.api.get(path)
  assert.deepEqual([paid.at('data.state'), paid.at('data.attempts_made')], ['succeeded', 1])
  assert.equal((await biller.hooks()).length, 1)
  await forget(world)
})

/** Six hundred retries, each a week after the shortage: approved if the 20th was in that week, and one of ten anyway. In November and December. */
async function seeRetries(world: ScenarioWorld, { clientId }: Biller): Promise<void> {
  const client = decodeId('recovery_client', clientId)
  assert(client.kind === 'ok')
  const { kysely } = world.house.database
  const seen = sql`
    select ${world.accountId}::uuid as account_id, ${client.id}::uuid as client_id,
           (select id from gateways where account_id = ${world.accountId} and code = 'amber') as gateway_id,
           ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, 'seen ' || n as token, at,
           case when extract(day from at) not between 20 and 26 and n / 60 <> 5 then '{"code": "insufficient_funds"}'::jsonb end as decline
      from (select n, timestamptz '2026-11-01 00:00Z' + (n % 60) * interval '1 day' + (n % 24) * interval '1 hour' as at
              from generate_series(1, 600) as n) as each`
  await sql`
    insert into outside_cards (account_id, client_id, token, country, bin, described_at)
    select account_id, client_id, token, 'US', '424242', at from (${seen}) as seen`.execute(kysely)
  await sql`
    insert into outside_recoveries (account_id, id, client_id, gateway_id, state, amount_minor, currency, handed_token, token,
        fallback_tokens, first_decline, is_urgent, is_simulated, attempts_made, last_attempt_at, strategy, opened_at, closed_at)
    select account_id, id, client_id, gateway_id, 'failed', 5000, 'USD', token, token,
           '[]', '{"code": "insufficient_funds"}', false, false, 1, at, 'primary', at - interval '7 days', at
      from (${seen}) as seen`.execute(kysely)
  await sql`
    insert into outside_attempts (account_id, id, recovery_id, client_id, gateway_id, number, token, state, amount_minor,
        currency, decline, created_at, settled_at)
    select account_id, id, id, client_id, gateway_id, 1, token,
           case when decline is null then 'succeeded' else 'declined' end, 5000, 'USD', decline, at, at
      from (${seen}) as seen`.execute(kysely)
}

/** They were charged nowhere. */
async function forget({ house }: ScenarioWorld): Promise<void> {
  const { kysely } = house.database
  for (const table of ['outside_attempts', 'outside_recoveries'] as const)
    await kysely.deleteFrom(table).where('token', 'like', 'seen %').execute()
}
