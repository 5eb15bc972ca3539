import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { insertMany, type DB, type Tx } from '../../../platform/db/index.ts'
import type { Evidence, EvidenceNote } from '../evidence.ts'

type EvidenceRow = Selectable<DB['dispute_evidence']>

const toNote = (row: Omit<EvidenceRow, 'body'>): EvidenceNote => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  contentType: row.content_type,
  sizeBytes: row.size_bytes,
  createdAt: row.created_at,
  submittedAt: row.submitted_at,
})

/** All that a dispute has, oldest first; it is bounded when it is added. */
export async function listEvidence(tx: Tx, accountId: Uuid, disputeId: Uuid): Promise<Evidence[]> {
  const { rows } = await sql<EvidenceRow>`
    select * from dispute_evidence
     where account_id = ${accountId} and dispute_id = ${disputeId}
     order by id`.execute(tx)
  return rows.map((row) => ({ ...toNote(row), body: row.body }))
}

/** The same without what is in the files. */
export async function listEvidenceNotes(
  tx: Tx,
  accountId: Uuid,
  disputeId: Uuid,
): Promise<EvidenceNote[]> {
  const { rows } = await sql<Omit<EvidenceRow, 'body'>>`
    select id, kind, name, content_type, size_bytes, created_at, submitted_at from dispute_evidence
     where account_id = ${accountId} and dispute_id = ${disputeId}
     order by id`.execute(tx)
  return rows.map(toNote)
}

export async function findEvidence(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly disputeId: Uuid; readonly id: Uuid },
): Promise<Evidence | null> {
  const { rows } = await sql<EvidenceRow>`
    select * from dispute_evidence
     where account_id = ${key.accountId} and dispute_id = ${key.disputeId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] === undefined ? null : { ...toNote(rows[0]), body: rows[0].body }
}

/** The same with the texts alone: bodies of files stay where they are, and are empty here. */
export async function listEvidenceTexts(
  tx: Tx,
  accountId: Uuid,
  disputeId: Uuid,
): Promise<Evidence[]> {
  const { rows } = await sql<EvidenceRow>`
    select id, kind, name, content_type, size_bytes, created_at, submitted_at,
           case when kind = 'text' then body else ''::bytea end as body
      from dispute_evidence
     where account_id = ${accountId} and dispute_id = ${disputeId}
     order by id`.execute(tx)
  return rows.map((row) => ({ ...toNote(row), body: row.body }))
}

/** False when it is not there, or was handed in. */
export async function deleteEvidence(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly disputeId: Uuid },
  pieceIds: readonly Uuid[],
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from dispute_evidence
     where account_id = ${of.accountId} and dispute_id = ${of.disputeId}
       and id = any(${pieceIds}::uuid[]) and submitted_at is null`.execute(tx)
  return numAffectedRows === BigInt(pieceIds.length)
}

export async function insertEvidence(
  tx: Tx,
  to: { readonly accountId: Uuid; readonly disputeId: Uuid; readonly at: Instant },
  pieces: readonly Pick<Evidence, 'id' | 'kind' | 'name' | 'contentType' | 'body'>[],
): Promise<void> {
  const rows = pieces.map(({ id, kind, name, contentType, body }) => ({
    account_id: to.accountId,
    id,
    dispute_id: to.disputeId,
    kind,
    name,
    content_type: contentType,
    size_bytes: body.length,
    body,
    created_at: to.at,
  }))
  await insertMany(tx, 'dispute_evidence', rows)
}

/** These pieces have been handed in; what was added meanwhile has not. */
export async function markEvidenceSubmitted(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly disputeId: Uuid; readonly at: Instant },
  pieceIds: readonly Uuid[],
): Promise<void> {
  await sql`
    update dispute_evidence set submitted_at = ${of.at}
     where account_id = ${of.accountId} and dispute_id = ${of.disputeId}
       and id = any(${pieceIds}::uuid[]) and submitted_at is null`.execute(tx)
}
