import type { Uuid } from '@perennial/core/ids'
import type { OutsideRecovery } from '@perennial/core/recovery'
import type { Tx } from '../../../platform/db/index.ts'
import { findNextAction } from './queries/attempts.ts'
import { toRecovery, type StoredRecovery } from './rows.ts'

/** How far a recovery has come; `isUnknown`: a charge's answer is still outstanding. */
export type Progress = {
  readonly recovery: OutsideRecovery
  readonly isUnknown: boolean
  /** Where the cardholder has to authenticate before it can be known. */
  readonly nextActionUrl: string | null
  /** The older recovery that was paid by this one as well, told once. */
  readonly endedId?: Uuid | null
}

export async function toProgress(tx: Tx, accountId: Uuid, row: StoredRecovery): Promise<Progress> {
  const isUnknown = row.state === 'attempting'
  const key = { accountId, recoveryId: row.id }
  const nextActionUrl = isUnknown ? await findNextAction(tx, key) : null
  return { recovery: toRecovery(row), isUnknown, nextActionUrl }
}
