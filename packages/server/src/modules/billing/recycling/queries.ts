import type { Uuid } from '@perennial/core/ids'
import type { InvoiceStatus } from '@perennial/core/invoices'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

/** What makes a subscription one of stacked plans, besides its items and methods. */
export type StoredTerms = {
  readonly subscriptionId: Uuid
  readonly kind: 'subscription' | 'installment'
  readonly reference: string | null
  readonly cancelMode: 'immediately' | 'period_end'
  readonly recyclesStart: boolean
  readonly initialBillAt: Instant
  readonly taxAddress: JsonObject | null
}

/** A method of a subscription, in the order in which they are tried. */
export type TaxedMethod = {
  readonly subscriptionId: Uuid
  readonly paymentMethodId: Uuid
  readonly priority: number
  readonly taxMinor: bigint
}

const TERMS = sql`
  subscription_id as "subscriptionId", kind, reference, cancel_mode as "cancelMode",
  recycles_start as "recyclesStart", initial_bill_at as "initialBillAt", tax_address as "taxAddress"`

export async function insertTerms(
  tx: Tx,
  accountId: Uuid,
  all: readonly (StoredTerms & { readonly createdAt: Instant })[],
): Promise<void> {
  const rows = all.map((terms) => ({
    account_id: accountId,
    subscription_id: terms.subscriptionId,
    kind: terms.kind,
    reference: terms.reference,
    cancel_mode: terms.cancelMode,
    recycles_start: terms.recyclesStart,
    initial_bill_at: terms.initialBillAt,
    tax_address: terms.taxAddress,
    created_at: terms.createdAt,
  }))
  await insertMany(tx, 'recycling_terms', rows)
}

/** Of those of these subscriptions that are recycled. */
export async function listTerms(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<StoredTerms[]> {
  if (subscriptionIds.length === 0) return []
  const { rows } = await sql<StoredTerms>`
    select ${TERMS} from recycling_terms
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])`.execute(
    tx,
  )
  return rows
}

/** Those that go by the merchant's own name, the newest first. */
export async function listTermsByReference(
  tx: Tx,
  accountId: Uuid,
  of: { readonly reference: string; readonly limit: number },
): Promise<StoredTerms[]> {
  const { rows } = await sql<StoredTerms>`
    select ${TERMS} from recycling_terms
     where account_id = ${accountId} and reference = ${of.reference}
     order by subscription_id desc
     limit ${of.limit}`.execute(tx)
  return rows
}

/** Those of a customer, the newest first. */
export async function listTermsOfCustomers(
  tx: Tx,
  accountId: Uuid,
  of: { readonly customerIds: readonly Uuid[]; readonly limit: number },
): Promise<(StoredTerms & { readonly customerId: Uuid })[]> {
  const { rows } = await sql<StoredTerms & { readonly customerId: Uuid }>`
    select s.customer_id as "customerId", ${TERMS}
      from unnest(${of.customerIds}::uuid[]) as c (id)
      cross join lateral (
        select id, customer_id from subscriptions
         where account_id = ${accountId} and customer_id = c.id
         order by id desc
         limit ${of.limit}
      ) as s
      join recycling_terms on account_id = ${accountId} and subscription_id = s.id
     order by s.id desc`.execute(tx)
  return rows
}

/**
 * Gateways in use at which cards of these subscriptions are vaulted, in their order. The limit lets a look at each end with its
 * first card; `exists` would be joined, and read them all.
 */
export async function listGatewaysOfCards(tx: Tx, accountId: Uuid): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select g.id from gateways g
     where g.account_id = ${accountId} and g.is_enabled
       and (select true from recycling_terms r
              join subscription_payment_methods sm
                on sm.account_id = ${accountId} and sm.subscription_id = r.subscription_id
              join payment_methods pm on pm.account_id = ${accountId} and pm.id = sm.payment_method_id
              join payment_method_tokens t
                on t.account_id = ${accountId} and t.payment_method_id = pm.id and t.gateway_id = g.id
             where r.account_id = ${accountId} and pm.type = 'card'
             limit 1)
     order by g.id`.execute(tx)
  return rows.map((row) => row.id)
}

/** Which subscriptions charge a card, told by what its gateways call the same card. */
export async function listSubscriptionsOfCard(
  tx: Tx,
  accountId: Uuid,
  of: { readonly fingerprints: readonly string[]; readonly limit: number },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select distinct sm.subscription_id as id
      from payment_methods pm
      join subscription_payment_methods sm
        on sm.account_id = ${accountId} and sm.payment_method_id = pm.id
      join recycling_terms t on t.account_id = ${accountId} and t.subscription_id = sm.subscription_id
     where pm.account_id = ${accountId} and pm.fingerprint = any(${of.fingerprints}::text[]) and pm.type = 'card'
     order by sm.subscription_id
     limit ${of.limit}`.execute(tx)
  return rows.map((row) => row.id)
}

export type UnsettledOrExtra = {
  readonly subscriptionId: Uuid
  readonly id: Uuid
  readonly status: InvoiceStatus
  /** Beside the cycles. */
  readonly isExtra: boolean
  readonly netMinor: bigint
}

/** Of installments: what was billed beside the cycles and not called off, and bills of cycles that are to be paid. */
export async function listExtraBills(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<UnsettledOrExtra[]> {
  if (subscriptionIds.length === 0) return []
  const { rows } = await sql<UnsettledOrExtra>`
    select i.subscription_id as "subscriptionId", i.id, i.status, i.billing_reason = 'manual' as "isExtra",
           i.subtotal_minor - i.discount_minor as "netMinor"
      from invoices i
     where i.account_id = ${accountId} and i.subscription_id = any(${subscriptionIds}::uuid[])
       and i.status <> 'void'
       and (i.billing_reason = 'manual' or i.status not in ('paid', 'uncollectible'))
     order by i.id`.execute(tx)
  return rows
}

export async function updateTerms(
  tx: Tx,
  accountId: Uuid,
  terms: Pick<StoredTerms, 'subscriptionId' | 'reference' | 'cancelMode'>,
): Promise<void> {
  await sql`
    update recycling_terms set reference = ${terms.reference}, cancel_mode = ${terms.cancelMode}
     where account_id = ${accountId} and subscription_id = ${terms.subscriptionId}`.execute(tx)
}

export async function listTaxedMethods(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<TaxedMethod[]> {
  if (subscriptionIds.length === 0) return []
  const { rows } = await sql<TaxedMethod>`
    select subscription_id as "subscriptionId", payment_method_id as "paymentMethodId", priority,
           tax_minor as "taxMinor"
      from subscription_payment_methods
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])
     order by subscription_id, priority`.execute(tx)
  return rows
}

/** The methods of a subscription from now on. The caller holds the subscription's lock. */
export async function replaceTaxedMethods(
  tx: Tx,
  accountId: Uuid,
  given: { readonly subscriptionId: Uuid; readonly methods: readonly TaxedMethod[] },
): Promise<void> {
  await sql`
    delete from subscription_payment_methods
     where account_id = ${accountId} and subscription_id = ${given.subscriptionId}`.execute(tx)
  const rows = given.methods.map((method) => ({
    account_id: accountId,
    subscription_id: method.subscriptionId,
    priority: method.priority,
    payment_method_id: method.paymentMethodId,
    tax_minor: method.taxMinor,
  }))
  await insertMany(tx, 'subscription_payment_methods', rows)
}

/** A plan that is spent is kept for the record, and told no more. */
export async function removeItem(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid; readonly removedAt: Instant },
): Promise<void> {
  await sql`
    update subscription_items set removed_at = ${key.removedAt}
     where account_id = ${key.accountId} and id = ${key.id} and removed_at is null`.execute(tx)
}

/** The network's name of an earlier charge of each method, for charges that follow it (spec/revolv3.md 3). */
export async function keepFirstNetworkTransaction(
  tx: Tx,
  accountId: Uuid,
  of: { readonly paymentMethodId: Uuid; readonly networkTransactionId: string },
): Promise<void> {
  await sql`
    update payment_method_tokens set network_transaction_id = ${of.networkTransactionId}
     where account_id = ${accountId} and payment_method_id = ${of.paymentMethodId}
       and network_transaction_id is null`.execute(tx)
}
