import type { GatewayNotice } from '@perennial/core/payments'
import type { Tx } from '../../../platform/db/index.ts'
import { insertNotices, recordNoticeResult, type ReceivedNotices } from './queries.ts'

/** Keeps what a gateway said so that a person looks at it: money moved that is booked otherwise. Once for each id. */
export async function parkNotice(
  tx: Tx,
  of: Omit<ReceivedNotices, 'notices' | 'source'>,
  { notice, reason }: { readonly notice: GatewayNotice; readonly reason: string },
): Promise<void> {
  const { accountId } = of
  const [kept] = await insertNotices(tx, { ...of, source: 'pull', notices: [notice] })
  if (kept === undefined) return
  await recordNoticeResult(
    tx,
    { accountId, id: kept.id, at: notice.at },
    { state: 'parked', reason },
  )
}
