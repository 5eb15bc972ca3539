import type { Renewal } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import { insertMany, rowsOf, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toRenewalRow } from '../rows.ts'

export async function insertRenewals(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly Renewal[],
  runId: Uuid | null,
): Promise<void> {
  await insertMany(
    tx,
    'renewals',
    rowsOf(renewals, (renewal) => toRenewalRow(accountId, renewal, runId)),
  )
}

export async function updateRenewalStatus(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly Pick<Renewal, 'id' | 'status'>[],
): Promise<void> {
  await updateMany(
    tx,
    'renewals',
    rowsOf(renewals, (renewal) => ({
      account_id: accountId,
      id: renewal.id,
      status: renewal.status,
    })),
  )
}

/** Renewals whose bill bears another tax. */
export async function updateRenewalAmounts(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly Pick<Renewal, 'id' | 'amountMinor'>[],
): Promise<void> {
  await updateMany(
    tx,
    'renewals',
    renewals.map(({ id, amountMinor }) => ({
      account_id: accountId,
      id,
      amount_minor: amountMinor,
    })),
  )
}

export type RenewalOfInvoice = Pick<Renewal, 'id' | 'kind' | 'cycle' | 'status'> & {
  readonly invoiceId: Uuid
}

/** A renewal with the bill it has; null when the account has no such renewal. */
export async function findRenewal(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<{ readonly id: Uuid; readonly invoiceId: Uuid | null } | null> {
  const { rows } = await sql<{ readonly id: Uuid; readonly invoiceId: Uuid | null }>`
    select id, invoice_id as "invoiceId" from renewals
     where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] ?? null
}

export async function listRenewalsOfInvoices(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<RenewalOfInvoice[]> {
  const { rows } = await sql<RenewalOfInvoice>`
    select id, kind, cycle, status, invoice_id as "invoiceId" from renewals
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])`.execute(tx)
  return rows
}

/** The bills of overdue renewals of these subscriptions, oldest renewal first. */
export async function listOverdueBills(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<{ readonly subscriptionId: Uuid; readonly invoiceId: Uuid }[]> {
  const { rows } = await sql<{ readonly subscriptionId: Uuid; readonly invoiceId: Uuid }>`
    select subscription_id as "subscriptionId", invoice_id as "invoiceId" from renewals
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])
       and status in ('overdue', 'partially_paid') and invoice_id is not null
     order by subscription_id, renewal_at`.execute(tx)
  return rows
}

/** Which of these subscriptions have a renewal that is neither paid nor overdue. */
export async function listUnderWay(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select distinct subscription_id as id from renewals
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])
       and status = 'processing'`.execute(tx)
  return rows.map(({ id }) => id)
}
