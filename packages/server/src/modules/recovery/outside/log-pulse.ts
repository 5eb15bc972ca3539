import { accountNow } from '../../../platform/clock/index.ts'
import type { RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { insertOrganicPayment } from './queries/reports.ts'

/** Counts a payment that needed no help; the same id twice is one. Returns the id. */
export async function logPulse(
  deps: Pick<OutsideDeps, 'database' | 'clock' | 'ids'>,
  client: RecoveryClient,
  pulse: {
    readonly amountMinor: bigint
    readonly currency: string
    readonly transactionId: string | null
  },
): Promise<string> {
  const { accountId, id: clientId } = client
  const transactionId = pulse.transactionId ?? deps.ids.next()
  const createdAt = accountNow(client, deps.clock.now())
  const row = { ...pulse, accountId, clientId, transactionId, createdAt }
  await deps.database.tx((tx) => insertOrganicPayment(tx, row), { accountScope: accountId })
  return transactionId
}
