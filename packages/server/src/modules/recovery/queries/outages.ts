import type { Uuid } from '@perennial/core/ids'
import type { KnownOutage, SuspectedOutage } from '@perennial/core/recovery'
import { addDays, formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** Of a case's tries, the oldest are not older. */
const DAYS_BACK = 150
const OUTAGES_MAX = 200

/** Outages of ours that the account's own charges have shown, over or not, newest first. */
export async function listOutages(
  tx: Tx,
  accountId: Uuid,
  { at }: { readonly at: Instant },
): Promise<KnownOutage[]> {
  const { rows } = await sql<KnownOutage>`
    select gateway_id as gateway, currency, since_at as "sinceAt", ended_at as "endedAt"
      from recovery_outages
     where account_id = ${accountId} and since_at > ${addDays(at, -DAYS_BACK)} and source = 'own'
     order by since_at desc
     limit ${OUTAGES_MAX}`.execute(tx)
  return rows
}

/** Which charges showed an outage: the account's own, or those of what other billers have handed over. */
export type OutageSource = 'own' | 'handed_over'

/** An outage of ours as it stands; `endedAt` null while charges fall into it. */
export type OutageNow = SuspectedOutage & { readonly endedAt: Instant | null }

export type OutageRow = {
  readonly id: Uuid
  readonly source: OutageSource
  readonly gateway_id: Uuid
  readonly currency: string
  readonly since_at: Instant
  readonly suspected_at: Instant
  readonly ended_at: Instant | null
  readonly tried: bigint
  readonly approved: bigint
  readonly is_new: boolean
}

/** Writes how outages stand. Returns those that were not over already, in no order. */
export async function saveOutages(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly source: OutageSource
    readonly outages: readonly OutageNow[]
    readonly nextId: () => Uuid
  },
): Promise<OutageRow[]> {
  const { source, outages } = given
  const all = <T>(of: (outage: OutageNow) => T): T[] => outages.map(of)
  const instantOf = (at: Instant | null): string | null => (at === null ? null : formatInstant(at))
  const { rows } = await sql<OutageRow>`
    insert into recovery_outages
      (account_id, source, id, gateway_id, currency, since_at, suspected_at, ended_at, tried, approved)
    select ${accountId}, ${source}, o.*
      from unnest(${all(given.nextId)}::uuid[], ${all(({ gateway }) => gateway)}::uuid[],
                  ${all(({ currency }) => currency)}::text[],
                  ${all(({ sinceAt }) => formatInstant(sinceAt))}::timestamptz[],
                  ${all(({ suspectedAt }) => formatInstant(suspectedAt))}::timestamptz[],
                  ${all(({ endedAt }) => instantOf(endedAt))}::timestamptz[],
                  ${all(({ tried }) => tried)}::bigint[], ${all(({ approved }) => approved)}::bigint[]) as o
    on conflict on constraint recovery_outages_one_each do update
       set ended_at = excluded.ended_at, tried = excluded.tried, approved = excluded.approved
     where recovery_outages.ended_at is null
    returning id, source, gateway_id, currency, since_at, suspected_at, ended_at, tried, approved, xmax = 0 as is_new`.execute(
    tx,
  )
  return rows
}

/**
 * Cases that were opened since then, and wait because of what the first charge was refused with, are planned anew. What
 * somebody else holds at this moment is left to its day.
 */
export async function planWaitingAnew(
  tx: Tx,
  accountId: Uuid,
  of: { readonly since: Instant; readonly at: Instant },
): Promise<void> {
  await sql`
    update recovery_cases set plan_at = ${of.at}
     where account_id = ${accountId} and id in (
           select id from recovery_cases
            where account_id = ${accountId} and opened_at >= ${of.since} and state = 'open' and waits_for <> 'try'
              and next_attempt_at is not null
              for update skip locked)`.execute(tx)
}
