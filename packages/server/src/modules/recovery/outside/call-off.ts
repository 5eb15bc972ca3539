import { decodeId } from '@perennial/core/ids'
import { cancelOutside } from '@perennial/core/recovery'
import { accountNow } from '../../../platform/clock/index.ts'
import { accepted, refused, type Decision } from '../../../platform/command/index.ts'
import type { RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { toProgress, type Progress } from './progress.ts'
import { insertOutsideDecisions, isCalledOff } from './queries/decisions.ts'
import { lockRecovery } from './queries/recoveries.ts'
import { toDecisionRow, toRecovery } from './rows.ts'
import { writeSteps } from './settle-outside.ts'

const CALLED_OFF = 'Its biller called it off.'

/**
 * Ends a recovery that its biller wants no more of: it was paid elsewhere, say. Accepted means that it has charged nothing and never
 * will: one that failed or was blocked stays as it is, and is owed no more. Refuses: `not_found`, `under_way` (a charge is out, or its
 * answer is lost), `succeeded`.
 */
export async function callOff(
  deps: OutsideDeps,
  client: RecoveryClient,
  transactionId: string,
): Promise<Decision<Progress, 'not_found' | 'under_way' | 'succeeded'>> {
  const decoded = decodeId('recovery_case', transactionId)
  if (decoded.kind !== 'ok') return refused('not_found')
  const { accountId, id: clientId } = client
  const key = { accountId, id: decoded.id }
  return deps.database.tx(
    async (tx) => {
      const row = await lockRecovery(tx, key)
      if (row === null || row.client_id !== clientId) return refused('not_found')
      if (row.state === 'succeeded') return refused('succeeded')
      const at = accountNow(client, deps.clock.now())
      const recovery = cancelOutside(toRecovery(row), { reason: CALLED_OFF, at })
      if (row.closed_at !== null) {
        const decision = toDecisionRow(accountId, deps.ids.next(), { recovery, at })
        if (decision !== null && !(await isCalledOff(tx, key)))
          await insertOutsideDecisions(tx, [decision])
        return accepted(await toProgress(tx, accountId, row))
      }
      const { gateway_id: gatewayId } = row
      if (row.next_attempt_at === null || gatewayId === null) return refused('under_way')
      const step = { recovery, isAttempting: false }
      await writeSteps(deps, tx, [{ row, step, client, gatewayId }])
      return accepted({ recovery, isUnknown: false, nextActionUrl: null })
    },
    { accountScope: accountId },
  )
}
