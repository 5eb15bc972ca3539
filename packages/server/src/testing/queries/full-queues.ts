import type { Uuid } from '@perennial/core/ids'
import { addMs, formatInstant, MS_PER_DAY, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { startTestApi, type TestApi } from '../test-api.ts'

/** More than the places of many rounds. */
const BACKLOG = 1_200
const MERCHANTS = 5

export type FullQueues = {
  readonly api: TestApi
  /** Of the last one a row is due now, of each other one many since yesterday. */
  readonly accountIds: readonly Uuid[]
  lease(): { readonly realNow: Instant; readonly leaseUntil: Instant }
  /** How many of these each account was given. */
  shared(claimed: readonly Uuid[]): readonly number[]
}

/** Merchants of whom all but one have a backlog in every queue that the service sends from. */
export async function startFullQueues(): Promise<FullQueues> {
  const api = await startTestApi([])
  const accountIds: Uuid[] = []
  for (let merchant = 0; merchant < MERCHANTS; merchant += 1)
    accountIds.push((await api.createOtherAccount()).sandbox.accountId)
  await fillQueues(api, accountIds)
  return {
    api,
    accountIds,
    lease: () => {
      const realNow = api.clock.now()
      return { realNow, leaseUntil: addMs(realNow, MS_PER_HOUR) }
    },
    shared: (claimed) => accountIds.map((id) => claimed.filter((one) => one === id).length),
  }
}

/** A client, a connector and a queue of every kind for each account, all under the account's own id. */
async function fillQueues(api: TestApi, accountIds: readonly Uuid[]): Promise<void> {
  const now = formatInstant(api.clock.now())
  const late = formatInstant(addMs(api.clock.now(), -MS_PER_DAY))
  const small = accountIds.at(-1)
  const rows = sql`
    (select id as a, n, gen_random_uuid() as row, case when id = ${small} then ${now} else ${late} end::timestamptz as due
       from unnest(${accountIds}::uuid[]) as account(id)
      cross join generate_series(1, ${BACKLOG}) as n
      where id <> ${small} or n = 1) as r`
  await api.database.tx(async (tx) => {
    // What a row refers to beside these is not looked at.
    await sql`set local session_replication_role = replica`.execute(tx)
    for (const statement of [
      sql`insert into recovery_clients (account_id, id, api_key_id, publishable_key_id, webhook_secret_sealed, created_at, updated_at)
          select a, a, a, a, '', ${now}, ${now} from ${rows} where n = 1`,
      sql`insert into recovery_connectors (account_id, id, client_id, platform, credentials_sealed, credentials_hint, created_at, updated_at)
          select a, a, a, 'zuora', '', '{}', ${now}, ${now} from ${rows} where n = 1`,
      sql`insert into recovery_deliveries (account_id, id, client_id, event, body, state, next_try_at, created_at)
          select a, row, a, 'recovery.success', '{}', 'waiting', due, due from ${rows}`,
      sql`insert into revolv3_deliveries (account_id, id, event_id, event_type, object_id, body, state, next_try_at, created_at)
          select a, row, row, 'InvoicePaid', row, '{}', 'waiting', due, due from ${rows}`,
      sql`insert into connector_events (account_id, connector_id, event_id, body, state, next_try_at, received_at)
          select a, a, row, '{}', 'waiting', due, due from ${rows}`,
      sql`insert into outside_recoveries (account_id, id, client_id, state, handed_token, token, fallback_tokens, amount_minor, currency,
            is_urgent, is_simulated, is_customer_present, last_attempt_at, strategy, opened_at, closed_at)
          select a, row, a, 'succeeded', 't', 't', '[]', 1, 'USD', false, false, false, due, 'none', due, due from ${rows}`,
      sql`insert into connected_invoices (account_id, recovery_id, connector_id, invoice_id, collects, write_back, next_try_at)
          select account_id, id, account_id, 'in_1', 'here', 'waiting', opened_at from outside_recoveries`,
    ])
      await statement.execute(tx)
  })
}
