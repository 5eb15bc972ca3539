import { decodeId } from '@perennial/core/ids'
import type { OutsideRecovery } from '@perennial/core/recovery'
import type { RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { findRecovery, findRecoveryByKey } from './queries/recoveries.ts'
import { toRecovery } from './rows.ts'

/** One recovery of the client, by our id or by its own key; null when it has none such. */
export async function findOutside(
  deps: Pick<OutsideDeps, 'database'>,
  client: RecoveryClient,
  by: { readonly transactionId: string } | { readonly idempotencyKey: string },
): Promise<OutsideRecovery | null> {
  const { accountId, id: clientId } = client
  const row = await deps.database.tx(
    async (tx) => {
      if ('idempotencyKey' in by)
        return findRecoveryByKey(tx, { accountId, clientId, idempotencyKey: by.idempotencyKey })
      const decoded = decodeId('recovery_case', by.transactionId)
      return decoded.kind === 'ok'
        ? findRecovery(tx, { accountId, clientId, id: decoded.id })
        : null
    },
    { accountScope: accountId },
  )
  return row === null ? null : toRecovery(row)
}
