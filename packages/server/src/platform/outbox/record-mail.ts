import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../db/index.ts'
import type { JsonObject } from '../wire/index.ts'
import { insertEffects } from './queries.ts'

export type NewMail = {
  readonly accountId: Uuid
  readonly id: Uuid
  /** Two mails with one key are one mail: the second is left out. */
  readonly dedupeKey: string
  readonly to: string
  readonly template: string
  readonly data: JsonObject
  readonly createdAt: Instant
  /** The merchant's own try of its words: goes out from a sandbox too. */
  readonly isTest?: true
}

/** Queues mails for a worker to send, in the transaction that gives reason to them. Returns how many were new. */
export async function recordMail(tx: Tx, mails: readonly NewMail[]): Promise<number> {
  return insertEffects(
    tx,
    mails.map(({ accountId, id, dedupeKey, to, template, data, createdAt, isTest = false }) => ({
      accountId,
      id,
      kind: 'mail',
      dedupeKey,
      payload: { to, template, data, ...(isTest ? { is_test: true } : {}) },
      createdAt,
    })),
  )
}
