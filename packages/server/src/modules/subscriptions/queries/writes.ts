import type { SubscriptionMethod } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription, SubscriptionItem } from '@perennial/core/subscriptions'
import { sql } from 'kysely'
import { insertMany, rowsOf, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toItemRow, toSubscriptionRow, toSubscriptionUpdate, toTermsUpdate } from '../rows.ts'

export async function insertSubscriptions(
  tx: Tx,
  accountId: Uuid,
  list: readonly Subscription[],
): Promise<void> {
  await insertMany(
    tx,
    'subscriptions',
    rowsOf(list, (subscription) => toSubscriptionRow(accountId, subscription)),
  )
}

export async function updateSubscriptions(
  tx: Tx,
  accountId: Uuid,
  list: readonly Subscription[],
): Promise<void> {
  await updateMany(
    tx,
    'subscriptions',
    rowsOf(list, (subscription) => toSubscriptionUpdate(accountId, subscription)),
  )
}

export async function updateTerms(
  tx: Tx,
  accountId: Uuid,
  list: readonly Subscription[],
): Promise<void> {
  await updateMany(
    tx,
    'subscriptions',
    list.map((subscription) => toTermsUpdate(accountId, subscription)),
  )
}

export async function insertItems(
  tx: Tx,
  accountId: Uuid,
  items: readonly SubscriptionItem[],
): Promise<void> {
  await insertMany(
    tx,
    'subscription_items',
    items.map((item) => toItemRow(accountId, item)),
  )
}

export async function updateItems(
  tx: Tx,
  accountId: Uuid,
  items: readonly SubscriptionItem[],
): Promise<void> {
  await updateMany(
    tx,
    'subscription_items',
    items.map((item) => toItemRow(accountId, item)),
  )
}

export async function insertMethods(
  tx: Tx,
  accountId: Uuid,
  methods: readonly SubscriptionMethod[],
): Promise<void> {
  const rows = methods.map((method) => ({
    account_id: accountId,
    subscription_id: method.subscriptionId,
    priority: method.priority,
    payment_method_id: method.paymentMethodId,
    tax_minor: method.taxMinor ?? 0n,
  }))
  await insertMany(tx, 'subscription_payment_methods', rows)
}

/** The methods of one subscription for another. */
export async function copyMethods(
  tx: Tx,
  accountId: Uuid,
  { fromId, toId }: { readonly fromId: Uuid; readonly toId: Uuid },
): Promise<void> {
  await sql`
    insert into subscription_payment_methods (account_id, subscription_id, priority, payment_method_id)
    select account_id, ${toId}, priority, payment_method_id from subscription_payment_methods
     where account_id = ${accountId} and subscription_id = ${fromId}`.execute(tx)
}
