import type { Uuid } from '@perennial/core/ids'
import type { BankForm, BroughtBack } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import type { DB, Tx } from '../../../platform/db/index.ts'

/** What waits for its customer: an attempt (of an intent, of an outside recovery), or a setup intent. */
export type ChallengeSubject = {
  readonly kind: 'payment_intent' | 'setup_intent' | 'recovery'
  readonly id: Uuid
}

/** `id`: the key of its charge at the gateway. */
export type Challenge = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly gatewayId: Uuid
  readonly subject: ChallengeSubject
  readonly returnUrl: string | null
  readonly form: BankForm | null
}

type Key = Pick<Challenge, 'accountId' | 'id'>

/** A charge that is sent again under its key has its challenge already. */
export async function insertChallenge(tx: Tx, challenge: Challenge, at: Instant): Promise<void> {
  const { accountId, id, gatewayId, subject, returnUrl, form } = challenge
  await sql`
    insert into challenges (account_id, id, gateway_id, subject, subject_id, return_url, form, created_at)
    values (${accountId}, ${id}, ${gatewayId}, ${subject.kind}, ${subject.id}, ${returnUrl},
            ${form === null ? null : JSON.stringify(form)}::jsonb, ${at})
    on conflict (account_id, id) do nothing`.execute(tx)
}

export async function findChallenge(
  tx: Tx,
  key: Key,
): Promise<(Challenge & { readonly brought: BroughtBack | null }) | null> {
  const { rows } = await sql<Selectable<DB['challenges']>>`
    select * from challenges where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
  const [row] = rows
  if (row === undefined) return null
  return {
    accountId: row.account_id,
    id: row.id,
    gatewayId: row.gateway_id,
    subject: { kind: row.subject, id: row.subject_id },
    returnUrl: row.return_url,
    form: row.form as BankForm | null, // written by insertChallenge alone
    brought: row.brought as BroughtBack | null, // written by keepBrought alone
  }
}

/** False: it was given up, or something was brought before, which is handed in first. */
export async function keepBrought(tx: Tx, key: Key, brought: BroughtBack): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update challenges set brought = ${JSON.stringify(brought)}::jsonb
     where account_id = ${key.accountId} and id = ${key.id} and brought is null and closed_at is null`.execute(
    tx,
  )
  return numAffectedRows === 1n
}

/** It was nothing: the challenge can be met still. */
export async function forgetBrought(tx: Tx, key: Key, brought: BroughtBack): Promise<void> {
  await sql`
    update challenges set brought = null
     where account_id = ${key.accountId} and id = ${key.id} and brought = ${JSON.stringify(brought)}::jsonb`.execute(
    tx,
  )
}

/** Nothing is handed in any more. False: something was, and its outcome counts. Of what was no challenge: true. */
export async function closeChallenge(tx: Tx, key: Key, at: Instant): Promise<boolean> {
  const { rows } = await sql<{ readonly isClosed: boolean }>`
    with closed as (
      update challenges set closed_at = coalesce(closed_at, ${at})
       where account_id = ${key.accountId} and id = ${key.id} and brought is null
      returning id
    )
    select exists (select from closed)
        or not exists (select from challenges where account_id = ${key.accountId} and id = ${key.id}) as "isClosed"`.execute(
    tx,
  )
  return rows[0]?.isClosed === true
}
