import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

export type FaceCustomer = {
  readonly customerId: Uuid
  readonly reference: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly email: string | null
  readonly billingAddresses: readonly JsonObject[]
  readonly shippingAddresses: readonly JsonObject[]
}

const CUSTOMER = sql`
  customer_id as "customerId", reference, first_name as "firstName", last_name as "lastName", email,
  billing_addresses as "billingAddresses", shipping_addresses as "shippingAddresses"`

export async function insertFaceCustomer(
  tx: Tx,
  accountId: Uuid,
  customer: FaceCustomer,
): Promise<void> {
  await insertMany(tx, 'revolv3_customers', [
    {
      account_id: accountId,
      customer_id: customer.customerId,
      reference: customer.reference,
      first_name: customer.firstName,
      last_name: customer.lastName,
      email: customer.email,
      billing_addresses: [...customer.billingAddresses],
      shipping_addresses: [...customer.shippingAddresses],
    },
  ])
}

export async function updateFaceCustomer(
  tx: Tx,
  accountId: Uuid,
  customer: Pick<FaceCustomer, 'customerId' | 'reference' | 'firstName' | 'lastName'>,
): Promise<void> {
  await sql`
    update revolv3_customers
       set reference = ${customer.reference}, first_name = ${customer.firstName}, last_name = ${customer.lastName}
     where account_id = ${accountId} and customer_id = ${customer.customerId}`.execute(tx)
}

export async function readFaceCustomers(
  tx: Tx,
  accountId: Uuid,
  customerIds: readonly Uuid[],
): Promise<FaceCustomer[]> {
  const { rows } = await sql<FaceCustomer>`
    select ${CUSTOMER} from revolv3_customers
     where account_id = ${accountId} and customer_id = any(${customerIds}::uuid[])`.execute(tx)
  return rows
}

export type CustomerSearch = {
  readonly reference: string | null
  readonly firstName: string | null
  readonly lastName: string | null
}

/** Those that match everything that is asked for, the newest first. */
export async function searchFaceCustomers(
  tx: Tx,
  accountId: Uuid,
  { search, limit }: { readonly search: CustomerSearch; readonly limit: number },
): Promise<FaceCustomer[]> {
  const filters = [
    search.reference === null ? [] : [sql`reference = ${search.reference}`],
    search.firstName === null ? [] : [sql`lower(first_name) = lower(${search.firstName})`],
    search.lastName === null ? [] : [sql`lower(last_name) = lower(${search.lastName})`],
  ].flat()
  const where = sql.join([sql`account_id = ${accountId}`, ...filters], sql` and `)
  const { rows } = await sql<FaceCustomer>`
    select ${CUSTOMER} from revolv3_customers
     where ${where} order by customer_id desc limit ${limit}`.execute(tx)
  return rows
}

/** Customers that go by a merchant's own name. */
export async function listCustomersByReference(
  tx: Tx,
  accountId: Uuid,
  of: { readonly reference: string; readonly limit: number },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly customer_id: Uuid }>`
    select customer_id from revolv3_customers
     where account_id = ${accountId} and reference = ${of.reference}
     order by customer_id desc limit ${of.limit}`.execute(tx)
  return rows.map((row) => row.customer_id)
}

/** A method as this face tells it: more of it than its module shows, and never its number. */
export type FaceMethod = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly type: string
  readonly status: string
  readonly bin: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly bankLast4: string | null
  readonly routingLast4: string | null
  readonly bankAccountType: string | null
  readonly wallet: string | null
  readonly networkTransactionId: string | null
  readonly billingDetails: JsonObject | null
  readonly metadata: JsonObject
  /** When its processor told of new card data last; null = never. */
  readonly updatedAt: Instant | null
  readonly isRenumbered: boolean | null
}

export async function readMethods(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<FaceMethod[]> {
  const { rows } = await sql<FaceMethod>`
    select pm.id, pm.customer_id as "customerId", pm.type, pm.status, pm.card_bin as bin,
           pm.card_last4 as last4, pm.card_exp_month as "expMonth", pm.card_exp_year as "expYear",
           pm.bank_last4 as "bankLast4", pm.bank_routing_last4 as "routingLast4",
           pm.bank_account_type as "bankAccountType", pm.wallet, pm.billing_details as "billingDetails",
           pm.metadata, u.at as "updatedAt", u.is_renumbered as "isRenumbered",
           (select max(t.network_transaction_id) from payment_method_tokens t
             where t.account_id = ${accountId} and t.payment_method_id = pm.id) as "networkTransactionId"
      from payment_methods pm
      left join lateral (
        select e.occurred_at as at,
               e.data -> 'card' ->> 'last4' is distinct from e.previous_attributes -> 'card' ->> 'last4' as is_renumbered
          from events e
         where e.account_id = ${accountId} and e.object_id = pm.id and e.type = 'payment_method.updated'
           and e.previous_attributes -> 'card' is not null
         order by e.fact_number desc limit 1) u on true
     where pm.account_id = ${accountId} and pm.id = any(${ids}::uuid[])`.execute(tx)
  return rows
}

export type FaceAttempt = {
  readonly id: Uuid
  /** Null where there is none to be paid yet. */
  readonly invoiceId: Uuid | null
  readonly paymentMethodId: Uuid
  readonly operation: string
  readonly gateway: string | null
  readonly gatewayId: Uuid
  readonly state: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly reference: string | null
  readonly declineCode: string | null
  readonly declineMessage: string | null
  readonly isoCode: string | null
  readonly createdAt: Instant
  readonly settledAt: Instant | null
}

/** Of `payment_attempts a`, with `gateways g` beside it. */
export const ATTEMPT = sql`
  a.id, a.invoice_id as "invoiceId", a.payment_method_id as "paymentMethodId", a.operation,
  a.gateway_id as "gatewayId", g.code as gateway, a.state, a.amount_minor as "amountMinor",
  a.currency, a.gateway_reference as reference, a.decline_code as "declineCode",
  a.message as "declineMessage", a.decline_iso_code as "isoCode",
  a.created_at as "createdAt", a.settled_at as "settledAt"`

/** Of many invoices, each one's in the order in which they were made. */
export async function readAttempts(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<FaceAttempt[]> {
  const { rows } = await sql<FaceAttempt>`
    select ${ATTEMPT}
      from payment_attempts a
      left join gateways g on g.account_id = ${accountId} and g.id = a.gateway_id
     where a.account_id = ${accountId} and a.invoice_id = any(${invoiceIds}::uuid[])
     order by a.invoice_id, a.id`.execute(tx)
  return rows
}

export type FaceRefund = {
  readonly id: Uuid
  readonly invoiceId: Uuid
  readonly status: string
  readonly amountMinor: bigint
  readonly gatewayReference: string | null
  readonly failureMessage: string | null
  readonly createdAt: Instant
  readonly processedAt: Instant | null
}

/** Refunds of invoices, in the order in which they were made. */
export async function readRefundsOf(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<FaceRefund[]> {
  const { rows } = await sql<FaceRefund>`
    select id, invoice_id as "invoiceId", status, amount_minor as "amountMinor",
           gateway_reference as "gatewayReference", failure_message as "failureMessage",
           created_at as "createdAt", processed_at as "processedAt"
      from refunds
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
     order by invoice_id, created_at, id`.execute(tx)
  return rows
}

export async function readInvoiceOfRefund(
  tx: Tx,
  accountId: Uuid,
  refundId: Uuid,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly invoice_id: Uuid | null }>`
    select invoice_id from refunds where account_id = ${accountId} and id = ${refundId}`.execute(tx)
  return rows[0]?.invoice_id ?? null
}

/** Which of these invoices are being recycled. */
export async function readRecyclingInvoices(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Set<Uuid>> {
  const { rows } = await sql<{ readonly invoice_id: Uuid }>`
    select invoice_id from recovery_cases
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[]) and state = 'open'`.execute(
    tx,
  )
  return new Set(rows.map((row) => row.invoice_id))
}

/** Invoices that were settled by money which no gateway took. */
export async function readPaidOutside(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Set<Uuid>> {
  const { rows } = await sql<{ readonly invoice_id: Uuid }>`
    select distinct invoice_id from transactions
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
       and type = 'sale' and status = 'succeeded' and gateway_id is null`.execute(tx)
  return new Set(rows.map((row) => row.invoice_id))
}

/** Invoices whose money a chargeback has taken, and not given back. */
export async function readChargedBack(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Set<Uuid>> {
  const { rows } = await sql<{ readonly invoice_id: Uuid }>`
    select distinct invoice_id from transactions
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
       and type = 'dispute' and status = 'succeeded'`.execute(tx)
  return new Set(rows.map((row) => row.invoice_id))
}

/** Dates of the bills of some cycles of a subscription. */
export async function readCycleDates(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<
  readonly { readonly subscriptionId: Uuid; readonly cycle: number; readonly renewalAt: Instant }[]
> {
  const { rows } = await sql<{
    readonly subscriptionId: Uuid
    readonly cycle: number
    readonly renewalAt: Instant
  }>`
    select r.subscription_id as "subscriptionId", r.cycle, r.renewal_at as "renewalAt"
      from renewals r
     where r.account_id = ${accountId} and r.subscription_id = any(${subscriptionIds}::uuid[])
       and r.cycle in (select i.cycle_first from subscription_items i
                        where i.account_id = ${accountId} and i.subscription_id = r.subscription_id)`.execute(
    tx,
  )
  return rows
}
