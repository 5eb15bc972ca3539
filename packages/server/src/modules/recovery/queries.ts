import type { Uuid } from '@perennial/core/ids'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../platform/db/index.ts'
import { toCase, toCaseRow, toCaseUpdate, type CaseRow } from './rows.ts'

export async function insertCases(
  tx: Tx,
  accountId: Uuid,
  cases: readonly RecoveryCase[],
): Promise<void> {
  await insertMany(
    tx,
    'recovery_cases',
    cases.map((recovery) => toCaseRow(accountId, recovery)),
  )
}

export async function updateCases(
  tx: Tx,
  accountId: Uuid,
  cases: readonly RecoveryCase[],
): Promise<void> {
  await updateMany(
    tx,
    'recovery_cases',
    cases.map((recovery) => toCaseUpdate(accountId, recovery)),
  )
}

/** Open cases of many subscriptions. The caller holds the subscriptions' locks, which cover their cases. */
export async function listOpenCases(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<RecoveryCase[]> {
  const { rows } = await sql<CaseRow>`
    select * from recovery_cases
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[]) and state = 'open'
     order by id`.execute(tx)
  return rows.map(toCase)
}

/** Open cases whose next attempt is due, oldest first: only found here, locked by the retry itself. */
export async function findDueCases(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<
  {
    readonly id: Uuid
    readonly subscriptionId: Uuid
    readonly invoiceId: Uuid
    readonly dueAt: Instant
  }[]
> {
  const { rows } = await sql<{
    id: Uuid
    subscription_id: Uuid
    invoice_id: Uuid
    next_attempt_at: Instant
  }>`
    select id, subscription_id, invoice_id, next_attempt_at
      from recovery_cases
     where account_id = ${accountId} and state = 'open' and next_attempt_at <= ${until}
     order by next_attempt_at
     limit ${limit}`.execute(tx)
  return rows.map((row) => ({
    id: row.id,
    subscriptionId: row.subscription_id,
    invoiceId: row.invoice_id,
    dueAt: row.next_attempt_at,
  }))
}

/** The recovery of an invoice, when it is over, one way or another. */
export async function findClosedCase(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<RecoveryCase | null> {
  const { rows } = await sql<CaseRow>`
    select * from recovery_cases
     where account_id = ${accountId} and invoice_id = ${invoiceId} and state <> 'open'`.execute(tx)
  return rows[0] === undefined ? null : toCase(rows[0])
}

/** Which of these invoices had a recovery that is over, one way or another. */
export async function listInvoicesWithClosedCase(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlySet<Uuid>> {
  if (invoiceIds.length === 0) return new Set()
  const { rows } = await sql<{ readonly invoice_id: Uuid }>`
    select invoice_id from recovery_cases
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[]) and state <> 'open'`.execute(
    tx,
  )
  return new Set(rows.map((row) => row.invoice_id))
}
