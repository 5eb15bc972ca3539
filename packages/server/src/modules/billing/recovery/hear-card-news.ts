import { listSubscriptionsInRecovery, takeCardNews, wakeCases } from '../../recovery/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import type { DueWindow } from '../work/due-window.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/** A customer who owes has another card: the open cases try it at once. Returns how many cases that is. */
export async function hearCardNews(
  deps: BillingDeps,
  { accountId }: BillingScope,
  window: DueWindow,
): Promise<number> {
  let woken = 0
  for (;;) {
    const taken = await deps.database.tx(async (tx) => {
      const asked = { until: window.until, limit: deps.batchSize }
      const news = await takeCardNews(tx, accountId, asked)
      if (news.length === 0) return 0
      const customerIds = news.map(({ customerId }) => customerId)
      const ids = await listSubscriptionsInRecovery(tx, accountId, customerIds)
      await lockSubscriptions(tx, accountId, ids)
      woken += await wakeCases(tx, accountId, news)
      return news.length
    })
    if (taken < deps.batchSize) return woken
  }
}
