import type { Uuid } from '@perennial/core/ids'
import type { Mandate } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../platform/db/index.ts'
import {
  type Page,
  type PageRequest,
  readChoicesPage,
  readPage,
} from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

type MandateRow = Selectable<DB['mandates']>
type Key = { readonly accountId: Uuid; readonly id: Uuid }

/** What is kept of a mandate beside what is decided on: the account as it was given, sealed, and the payer's acceptance. */
export type MandatePapers = { readonly bankSealed: string; readonly acceptance: JsonObject }

/** With the dates of its debits, for those who read it. */
export type MandateView = Mandate & {
  readonly firstCollectionOn: string | null
  readonly nextCollectionOn: string | null
}

const VIEW = `mandates.*,
  (select min(c.collection_on)::text from mandate_collections c
    where c.account_id = mandates.account_id and c.mandate_id = mandates.id) as first_on,
  (select min(c.collection_on)::text from mandate_collections c
    where c.account_id = mandates.account_id and c.mandate_id = mandates.id
      and c.status in ('scheduled', 'notified')) as next_on`

type ViewRow = MandateRow & { readonly first_on: string | null; readonly next_on: string | null }

export async function insertMandate(
  tx: Tx,
  accountId: Uuid,
  mandate: Mandate & MandatePapers,
): Promise<void> {
  const { bankSealed, acceptance, ...rest } = mandate
  const row = { ...toRow(accountId, rest), bank_sealed: bankSealed, acceptance }
  await insertMany(tx, 'mandates', [row])
}

/** Writes what a locked mandate has become; its papers stay. */
export async function updateMandate(tx: Tx, accountId: Uuid, mandate: Mandate): Promise<void> {
  await sql`
    update mandates
       set version = ${mandate.version}, status = ${mandate.status}, mandate_reference = ${mandate.bureauReference},
           failure_reason = ${mandate.failureReason}, check_at = ${mandate.checkAt},
           activated_at = ${mandate.activatedAt}, suspended_at = ${mandate.suspendedAt},
           cancelled_at = ${mandate.cancelledAt}, updated_at = ${mandate.updatedAt}
     where account_id = ${accountId} and id = ${mandate.id}`.execute(tx)
}

export async function findMandate(tx: Tx, key: Key): Promise<MandateView | null> {
  const { rows } = await sql<ViewRow>`
    select ${sql.raw(VIEW)} from mandates
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
  return rows[0] === undefined ? null : toView(rows[0])
}

export async function findMandates(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Mandate[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<MandateRow>`
    select * from mandates where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(toMandate)
}

/** The caller holds the customer's lock, which comes first everywhere. */
export async function lockMandate(tx: Tx, key: Key): Promise<Mandate | null> {
  const { rows } = await sql<MandateRow>`
    select * from mandates where account_id = ${key.accountId} and id = ${key.id} for update`.execute(
    tx,
  )
  return rows[0] === undefined ? null : toMandate(rows[0])
}

export async function findBankSealed(tx: Tx, key: Key): Promise<string | null> {
  const { rows } = await sql<{ readonly bank_sealed: string }>`
    select bank_sealed from mandates where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0]?.bank_sealed ?? null
}

/** In force, suspended or on its way. */
const IS_LIVE = sql`status in ('pending_lodgement', 'active', 'suspended')`

export type LiveMandate = {
  readonly id: Uuid
  readonly ref: string
  readonly status: 'pending_lodgement' | 'active' | 'suspended'
  readonly createdAt: Instant
}

/** The customer's live mandate; there is one at most. */
export async function findLiveMandate(
  tx: Tx,
  accountId: Uuid,
  customerId: Uuid,
): Promise<LiveMandate | null> {
  const { rows } = await sql<LiveMandate>`
    select id, mandate_ref as ref, status, created_at as "createdAt" from mandates
     where account_id = ${accountId} and customer_id = ${customerId}
       and ${IS_LIVE}`.execute(tx)
  return rows[0] ?? null
}

export async function isRefTaken(tx: Tx, accountId: Uuid, ref: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from mandates where account_id = ${accountId} and mandate_ref = ${ref}`.execute(tx)
  return rows.length > 0
}

/** A live mandate has this name at its bureau. */
export async function isReferenceLive(
  tx: Tx,
  accountId: Uuid,
  { gatewayId, token }: { readonly gatewayId: Uuid; readonly token: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from mandates
     where account_id = ${accountId} and gateway_id = ${gatewayId} and mandate_reference = ${token}
       and ${IS_LIVE}
     limit 1`.execute(tx)
  return rows.length > 0
}

/** The live mandate that a method is debited under, if any. */
export async function findLiveMandateOf(
  tx: Tx,
  accountId: Uuid,
  paymentMethodId: Uuid,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from mandates
     where account_id = ${accountId} and payment_method_id = ${paymentMethodId}
       and ${IS_LIVE}`.execute(tx)
  return rows[0]?.id ?? null
}

/** Newest first. */
export async function listMandates(
  tx: Tx,
  accountId: Uuid,
  {
    customerId,
    status,
    page,
  }: {
    readonly customerId: Uuid | null
    readonly status: string | null
    readonly page: PageRequest
  },
): Promise<Page<MandateView>> {
  const base = { select: VIEW, table: 'mandates', accountId, page }
  const ofCustomer = customerId === null ? [] : [sql`customer_id = ${customerId}`]
  const withStatus = status === null ? [] : [sql`status = ${status}`]
  const found =
    status !== null && customerId === null
      ? await readChoicesPage<ViewRow>(tx, {
          ...base,
          filters: [],
          choices: { columns: ['status'], combinations: [[status]] },
        })
      : await readPage<ViewRow>(tx, { ...base, filters: [...ofCustomer, ...withStatus] })
  return { ...found, rows: found.rows.map(toView) }
}

const DUE_MAX = 100

/** Mandates whose bureau knows by now what became of the instruction, in order of that time. */
export async function listDueMandates(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
): Promise<{ readonly id: Uuid; readonly checkAt: Instant }[]> {
  const { rows } = await sql<{ readonly id: Uuid; readonly checkAt: Instant }>`
    select id, check_at as "checkAt" from mandates
     where account_id = ${accountId} and check_at <= ${until}
     order by check_at
     limit ${DUE_MAX}`.execute(tx)
  return rows
}

function toView(row: ViewRow): MandateView {
  return { ...toMandate(row), firstCollectionOn: row.first_on, nextCollectionOn: row.next_on }
}

function toMandate(row: MandateRow): Mandate {
  return {
    id: row.id,
    version: row.version,
    ref: row.mandate_ref,
    bureauReference: row.mandate_reference,
    customerId: row.customer_id,
    paymentMethodId: row.payment_method_id,
    gatewayId: row.gateway_id,
    status: row.status,
    accountHolderName: row.account_holder_name,
    sortCodeLast2: row.sort_code_last2,
    accountNumberLast4: row.account_number_last4,
    bankName: row.bank_name,
    statementName: row.statement_name,
    noticeDays: row.notice_days,
    backupPaymentMethodId: row.backup_payment_method_id,
    failureReason: row.failure_reason,
    mandateRequestId: row.mandate_request_id,
    invoiceId: row.invoice_id,
    checkAt: row.check_at,
    activatedAt: row.activated_at,
    suspendedAt: row.suspended_at,
    cancelledAt: row.cancelled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toRow(accountId: Uuid, mandate: Mandate) {
  return {
    account_id: accountId,
    id: mandate.id,
    version: mandate.version,
    mandate_ref: mandate.ref,
    mandate_reference: mandate.bureauReference,
    customer_id: mandate.customerId,
    payment_method_id: mandate.paymentMethodId,
    gateway_id: mandate.gatewayId,
    status: mandate.status,
    account_holder_name: mandate.accountHolderName,
    sort_code_last2: mandate.sortCodeLast2,
    account_number_last4: mandate.accountNumberLast4,
    bank_name: mandate.bankName,
    statement_name: mandate.statementName,
    notice_days: mandate.noticeDays,
    backup_payment_method_id: mandate.backupPaymentMethodId,
    failure_reason: mandate.failureReason,
    mandate_request_id: mandate.mandateRequestId,
    invoice_id: mandate.invoiceId,
    check_at: mandate.checkAt,
    activated_at: mandate.activatedAt,
    suspended_at: mandate.suspendedAt,
    cancelled_at: mandate.cancelledAt,
    created_at: mandate.createdAt,
    updated_at: mandate.updatedAt,
  }
}
