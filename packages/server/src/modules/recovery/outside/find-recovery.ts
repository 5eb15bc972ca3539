import { decodeId } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import type { RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { toProgress, type Progress } from './progress.ts'
import { findRecovery, findRecoveryByKey } from './queries/recoveries.ts'
import type { StoredRecovery } from './rows.ts'

type RecoveryName = { readonly transactionId: string } | { readonly idempotencyKey: string }

/** One recovery of the client with how far it has come, by our id or by its own key; null when it has none such. */
export async function findOutside(
  deps: Pick<OutsideDeps, 'database'>,
  client: RecoveryClient,
  by: RecoveryName,
): Promise<Progress | null> {
  const { accountId } = client
  return deps.database.tx(
    async (tx) => {
      const row = await findRow(tx, client, by)
      return row === null ? null : toProgress(tx, accountId, row)
    },
    { accountScope: accountId },
  )
}

async function findRow(
  tx: Tx,
  { accountId, id: clientId }: RecoveryClient,
  by: RecoveryName,
): Promise<StoredRecovery | null> {
  if ('idempotencyKey' in by)
    return findRecoveryByKey(tx, { accountId, clientId, idempotencyKey: by.idempotencyKey })
  const decoded = decodeId('recovery_case', by.transactionId)
  return decoded.kind === 'ok' ? findRecovery(tx, { accountId, clientId, id: decoded.id }) : null
}
