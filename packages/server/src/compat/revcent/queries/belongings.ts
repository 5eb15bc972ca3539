import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** What belongs to a customer: the subscriptions. */
export async function listSubscriptionIdsOf(
  tx: Tx,
  accountId: Uuid,
  of: { readonly customerId: Uuid; readonly limit: number },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscriptions
     where account_id = ${accountId} and customer_id = ${of.customerId}
     order by id
     limit ${of.limit}`.execute(tx)
  return rows.map(({ id }) => id)
}

/** What belongs to subscriptions: the bills of their renewals, which salvage transactions are of, too. */
export async function listRenewalBillsOf(
  tx: Tx,
  accountId: Uuid,
  of: { readonly subscriptionIds: readonly Uuid[]; readonly limit: number },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select invoice_id as id from renewals
     where account_id = ${accountId} and subscription_id = any(${of.subscriptionIds}::uuid[])
       and invoice_id is not null and kind in ('automatic', 'manual')
     limit ${of.limit}`.execute(tx)
  return rows.map(({ id }) => id)
}
