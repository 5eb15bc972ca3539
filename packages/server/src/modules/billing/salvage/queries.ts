import type { RenewalKind } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CaseState, CaseWait } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../platform/lists/index.ts'

export type SalvageStatus = 'ready' | 'recovered' | 'disabled'
export type SalvageSource = 'sale' | 'subscription_renewal' | 'trial'

type CaseRow = {
  readonly id: Uuid
  readonly state: CaseState
  readonly customer_id: Uuid
  readonly subscription_id: Uuid | null
  readonly invoice_id: Uuid
  readonly amount_minor: bigint
  readonly currency: string
  readonly next_attempt_at: Instant | null
  readonly waits_for: CaseWait
  /** Of what is left of a sale. */
  readonly salvage_at: Instant | null
  readonly first_decline_code: string
  readonly last_decline_code: string
  readonly opened_at: Instant
  readonly closed_at: Instant | null
}

type BillRow = {
  readonly status: SalvageStatus
  readonly remaining_minor: bigint
  readonly renewal_id: Uuid | null
  readonly renewal_kind: RenewalKind | null
  readonly sale_id: Uuid | null
  readonly gateway_id: Uuid | null
  readonly attempts: number
}

/** A recovery case with what its bill has come to: what could not be collected, seen as money to be salvaged. */
export type SalvageTransaction = CaseRow & BillRow

const COLUMNS =
  'id, state, customer_id, subscription_id, invoice_id, amount_minor, currency, next_attempt_at, waits_for, salvage_at, first_decline_code, last_decline_code, opened_at, closed_at'

/** A case whose tries are used up is ready still: a person may try it until its bill is paid, void or written off. */
const statusOf = (state: string) =>
  sql`case when ${sql.ref(state)} = 'recovered' or i.paid_minor >= i.total_minor then 'recovered'
           when ${sql.ref(state)} = 'canceled' or i.status in ('void', 'uncollectible') then 'disabled'
           else 'ready' end`

export type SalvageFilter = {
  readonly status: SalvageStatus | null
  readonly source: SalvageSource | null
  readonly customerId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly renewalId: Uuid | null
}

/** Which renewals a source is; a bill of none is a sale. */
const KINDS: Readonly<Record<SalvageSource, readonly RenewalKind[]>> = {
  sale: ['initial'],
  subscription_renewal: ['automatic', 'manual'],
  trial: ['trial_end'],
}

function isOf(source: SalvageSource) {
  const kinds = KINDS[source]
  return sql`coalesce((select r.kind from renewals r
                      where r.account_id = recovery_cases.account_id
                        and r.invoice_id = recovery_cases.invoice_id), 'initial') = any(${kinds}::text[])`
}

/** Newest first. A status or source is looked for among those of one customer, subscription or renewal only. */
export async function listSalvages(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: SalvageFilter; readonly page: PageRequest },
): Promise<{ readonly rows: readonly SalvageTransaction[]; readonly hasMore: boolean }> {
  const { accountId, filter, page } = list
  const { status, source, customerId, subscriptionId, renewalId } = filter
  const filters = [
    ...(source === null ? [] : [isOf(source)]),
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(subscriptionId === null ? [] : [sql`subscription_id = ${subscriptionId}`]),
    ...(renewalId === null
      ? []
      : [
          sql`invoice_id = (select r.invoice_id from renewals r
                             where r.account_id = ${accountId} and r.id = ${renewalId})`,
        ]),
    ...(status === null
      ? []
      : [
          sql`exists (select 1 from invoices i
                       where i.account_id = ${accountId} and i.id = recovery_cases.invoice_id
                         and ${statusOf('recovery_cases.state')} = ${status})`,
        ]),
  ]
  const read = { select: COLUMNS, table: 'recovery_cases', accountId, filters, page }
  const found = await readRows<CaseRow>(tx, read)
  return { ...found, rows: await withBills(tx, accountId, found.rows) }
}

export async function findSalvage(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<SalvageTransaction | null> {
  const { rows } = await sql<CaseRow>`
    select ${sql.raw(COLUMNS)} from recovery_cases
     where account_id = ${accountId} and id = ${id}`.execute(tx)
  const [found] = await withBills(tx, accountId, rows)
  return found ?? null
}

export type SalvageNews = {
  readonly salvage: SalvageTransaction
  /** Events of it since its bill was last open again. */
  readonly told: readonly string[]
  readonly timesReopened: bigint
}

type ToldRow = {
  readonly id: Uuid
  readonly told: readonly string[]
  readonly times_reopened: bigint
}

/**
 * Salvage transactions that something may be told of: those just opened where a profile or a sale stands behind the bill,
 * and of the others those whose opening was told.
 */
export async function listSalvageNews(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly openedIds: readonly Uuid[]
    readonly endedIds: readonly Uuid[]
    readonly invoiceIds: readonly Uuid[]
  },
): Promise<SalvageNews[]> {
  const { rows: told } = await sql<ToldRow>`
    with opened as (
      select c.id from unnest(${of.openedIds}::uuid[]) as asked (id)
        join recovery_cases c on c.account_id = ${accountId} and c.id = asked.id
        join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
        left join subscriptions s on s.account_id = i.account_id and s.id = i.subscription_id
       where i.subscription_id is null or s.profile_id is not null
    ), settled as (
      select e.object_id as id
        from (select unnest(${of.endedIds}::uuid[]) as id
               union
              select found.id from unnest(${of.invoiceIds}::uuid[]) as asked (id)
               cross join lateral (select c.id from recovery_cases c
                                    where c.account_id = ${accountId} and c.invoice_id = asked.id
                                   offset 0) as found) as ended
        join events e on e.account_id = ${accountId} and e.object_id = ended.id
                     and e.type = 'salvage_transaction.created' and e.fact_number = 0
    )
    select c.id, i.reopen_count::bigint as times_reopened,
           array(select e.type from events e
                  where e.account_id = c.account_id and e.object_id = c.id
                    and e.type in ('salvage_transaction.recovered', 'salvage_transaction.disabled')
                    and e.fact_number = i.reopen_count) as told
      from (select id from opened union select id from settled) as wanted
      join recovery_cases c on c.account_id = ${accountId} and c.id = wanted.id
      join invoices i on i.account_id = c.account_id and i.id = c.invoice_id`.execute(tx)
  if (told.length === 0) return []
  const ids = told.map(({ id }) => id)
  const { rows } = await sql<CaseRow>`
    select ${sql.raw(COLUMNS)} from recovery_cases
     where account_id = ${accountId} and id = any(${ids}::uuid[]) order by id`.execute(tx)
  const salvages = new Map((await withBills(tx, accountId, rows)).map((one) => [one.id, one]))
  return told.flatMap(({ id, told: types, times_reopened: timesReopened }) => {
    const salvage = salvages.get(id)
    return salvage === undefined ? [] : [{ salvage, told: types, timesReopened }]
  })
}

async function withBills(
  tx: Tx,
  accountId: Uuid,
  cases: readonly CaseRow[],
): Promise<SalvageTransaction[]> {
  const ids = cases.map(({ id }) => id)
  const { rows } = await sql<BillRow & { readonly id: Uuid }>`
    select c.id, ${statusOf('c.state')} as status,
           case when i.status in ('void', 'uncollectible') then 0
                else greatest(i.total_minor - i.paid_minor, 0) end as remaining_minor,
           r.id as renewal_id, r.kind as renewal_kind, s.id as sale_id,
           (select p.gateway_id from payment_attempts p
             where p.account_id = i.account_id and p.invoice_id = i.id
             order by p.id
             limit 1) as gateway_id,
           (select count(*)::int from payment_attempts p
             where p.account_id = i.account_id and p.invoice_id = i.id) as attempts
      from recovery_cases c
      join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
      left join renewals r on r.account_id = c.account_id and r.invoice_id = c.invoice_id
      left join sales s on s.account_id = c.account_id and s.invoice_id = c.invoice_id
     where c.account_id = ${accountId} and c.id = any(${ids}::uuid[])`.execute(tx)
  const billOf = new Map(rows.map(({ id, ...bill }) => [id, bill]))
  return cases.flatMap((found) => {
    const bill = billOf.get(found.id)
    return bill === undefined ? [] : [{ ...found, ...bill }]
  })
}
