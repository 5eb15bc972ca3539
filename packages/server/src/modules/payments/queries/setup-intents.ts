import type { Uuid } from '@perennial/core/ids'
import type { NextAction, SetupIntent, Verification } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import {
  type Page,
  type PageRequest,
  readChoices,
  readRows,
} from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { AttemptToken } from './methods.ts'

type SetupRow = Selectable<DB['setup_intents']>
type Key = { readonly accountId: Uuid; readonly id: Uuid }

export async function insertSetupIntent(
  tx: Tx,
  accountId: Uuid,
  intent: SetupIntent,
): Promise<void> {
  await insertMany(tx, 'setup_intents', [toRow(accountId, intent, null)])
}

/** Writes what a locked one has become. `leaseUntil`: real time until which the caller alone talks to the gateway. */
export async function updateSetupIntent(
  tx: Tx,
  accountId: Uuid,
  intent: SetupIntent,
  leaseUntil: Instant | null = null,
): Promise<void> {
  await updateMany(tx, 'setup_intents', [toRow(accountId, intent, leaseUntil)])
}

export async function findSetupIntent(tx: Tx, key: Key): Promise<SetupIntent | null> {
  const { rows } = await sql<SetupRow>`
    select * from setup_intents where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
  return rows[0] === undefined ? null : toSetupIntent(rows[0])
}

/** The caller holds the customer's lock, which comes first everywhere. */
export async function lockSetupIntent(tx: Tx, key: Key): Promise<SetupIntent | null> {
  const { rows } = await sql<SetupRow>`
    select * from setup_intents
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] === undefined ? null : toSetupIntent(rows[0])
}

/** Takes over verifications whose answer nobody waits for any more: all of them, or the one of `id`. */
export async function claimUnsettledSetups(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly realNow: Instant
    readonly leaseUntil: Instant
    readonly limit: number
    readonly id?: Uuid
  },
): Promise<SetupIntent[]> {
  const { accountId, realNow, leaseUntil, limit } = given
  const only = given.id === undefined ? sql`` : sql`and id = ${given.id}`
  const { rows } = await sql<SetupRow>`
    with lost as materialized (
      select id from setup_intents
       where account_id = ${accountId} and status = 'processing' and lease_until <= ${realNow} ${only}
       order by lease_until
       limit ${limit}
         for update skip locked)
    update setup_intents s
       set lease_until = ${leaseUntil}
      from lost
     where s.account_id = ${accountId} and s.id = lost.id
     returning s.*`.execute(tx)
  return rows.map(toSetupIntent)
}

/** A day, as customers have it to answer a challenge (core/payments: challengeEndsAt). */
const ANSWERED_WITHIN = sql`interval '24 hours'`

/**
 * Those whose customers have left a challenge unanswered for too long, with since when. They count as asked about now, so
 * that nobody else takes them up, and are due again a day later.
 */
export async function claimUnansweredSetups(
  tx: Tx,
  given: { readonly accountId: Uuid; readonly until: Instant; readonly limit: number },
): Promise<{ readonly intent: SetupIntent; readonly since: Instant }[]> {
  const { accountId, until, limit } = given
  const { rows } = await sql<SetupRow & { readonly since: Instant }>`
    with due as materialized (
      select id, updated_at as since from setup_intents
       where account_id = ${accountId} and status = 'requires_action'
         and updated_at <= ${until}::timestamptz - ${ANSWERED_WITHIN}
       order by id
       limit ${limit}
         for update skip locked)
    update setup_intents s
       set updated_at = ${until}
      from due
     where s.account_id = ${accountId} and s.id = due.id
     returning s.*, due.since`.execute(tx)
  return rows.map(({ since, ...row }) => ({ intent: toSetupIntent(row), since }))
}

/** The token that a method is verified with: the one at the first enabled gateway. */
export async function findVerificationToken(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly paymentMethodId: Uuid },
): Promise<AttemptToken | null> {
  const { rows } = await sql<AttemptToken>`
    select t.payment_method_id as "paymentMethodId", t.gateway_id as "gatewayId", t.token,
           t.network_transaction_id as "networkTransactionId"
      from payment_method_tokens t
      join gateways g on g.account_id = ${key.accountId} and g.id = t.gateway_id and g.is_enabled
     where t.account_id = ${key.accountId} and t.payment_method_id = ${key.paymentMethodId}
     order by g.position
     limit 1`.execute(tx)
  return rows[0] ?? null
}

export type SetupFilter = { readonly customerId: Uuid | null; readonly status: string | null }

/** Newest first: a customer's are few, a status is a list of its own. */
export async function listSetupIntents(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: SetupFilter; readonly page: PageRequest },
): Promise<Pick<Page<SetupIntent>, 'rows' | 'hasMore'>> {
  const found = await readSetupIntents(tx, list)
  return { ...found, rows: found.rows.map(toSetupIntent) }
}

async function readSetupIntents(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: SetupFilter; readonly page: PageRequest },
): Promise<Pick<Page<SetupRow>, 'rows' | 'hasMore'>> {
  const { accountId, page } = list
  const { customerId, status } = list.filter
  const base = { select: '*', table: 'setup_intents', accountId, page } as const
  if (customerId !== null) {
    const more = status === null ? [] : [sql`status = ${status}`]
    return readRows(tx, { ...base, filters: [sql`customer_id = ${customerId}`, ...more] })
  }
  if (status === null) return readRows(tx, { ...base, filters: [] })
  const choices = { columns: ['status'], combinations: [[status]] }
  return readChoices(tx, { ...base, filters: [], choices })
}

function toSetupIntent(row: SetupRow): SetupIntent {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    paymentMethodId: row.payment_method_id,
    // Written by this module alone, in these forms.
    paymentMethodTypes: row.payment_method_types as readonly string[],
    usage: row.usage,
    status: row.status,
    description: row.description,
    clientSecret: row.client_secret,
    lastError: row.last_error as SetupIntent['lastError'],
    nextAction: row.next_action as NextAction | null,
    cancellationReason: row.cancellation_reason,
    verification: toVerification(row),
    confirmedAt: row.confirmed_at,
    canceledAt: row.canceled_at,
    metadata: row.metadata as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toVerification(row: SetupRow): Verification | null {
  const { verification_id: id, gateway_id: gatewayId } = row
  if (id === null || gatewayId === null) return null
  return { id, gatewayId, gatewayReference: row.gateway_reference, heldMinor: row.held_minor ?? 0n }
}

function toRow(accountId: Uuid, intent: SetupIntent, leaseUntil: Instant | null) {
  const { verification } = intent
  return {
    account_id: accountId,
    id: intent.id,
    version: intent.version,
    customer_id: intent.customerId,
    payment_method_id: intent.paymentMethodId,
    payment_method_types: [...intent.paymentMethodTypes],
    usage: intent.usage,
    status: intent.status,
    description: intent.description,
    client_secret: intent.clientSecret,
    last_error: intent.lastError,
    next_action: intent.nextAction,
    cancellation_reason: intent.cancellationReason,
    verification_id: verification?.id ?? null,
    gateway_id: verification?.gatewayId ?? null,
    gateway_reference: verification?.gatewayReference ?? null,
    held_minor: verification?.heldMinor ?? null,
    lease_until: leaseUntil,
    confirmed_at: intent.confirmedAt,
    canceled_at: intent.canceledAt,
    metadata: { ...intent.metadata } as JsonObject,
    created_at: intent.createdAt,
    updated_at: intent.updatedAt,
  }
}
