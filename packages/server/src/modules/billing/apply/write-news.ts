import type { Uuid } from '@perennial/core/ids'
import { insertMany, type Tx } from '../../../platform/db/index.ts'

/** Events, and attempts that wait for their gateway, that are to be put into the words of the Revolv3-compatible API. */
export async function insertNews(
  tx: Tx,
  accountId: Uuid,
  {
    eventIds,
    attemptIds,
  }: { readonly eventIds: readonly Uuid[]; readonly attemptIds: readonly Uuid[] },
): Promise<void> {
  const events = eventIds.map((id) => ({ account_id: accountId, event_id: id, attempt_id: null }))
  // There is no event of them: they go by their own id, so that each is told once.
  const attempts = attemptIds.map((id) => ({ account_id: accountId, event_id: id, attempt_id: id }))
  await insertMany(tx, 'revolv3_news', [...events, ...attempts])
}
