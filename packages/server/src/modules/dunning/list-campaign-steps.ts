import type { CampaignStep } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Tx } from '../../platform/db/index.ts'
import { findCampaignsFor } from './queries/campaigns.ts'
import { listOpenRuns } from './queries/runs.ts'
import { oldestRuns } from './oldest-runs.ts'

/**
 * The steps of the campaign that these subscriptions are dunned by, or would be. Those that have only the built-in one
 * are absent: it follows the account's retries, and does not choose them.
 */
export async function listCampaignSteps(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly Pick<Subscription, 'id' | 'productId'>[],
): Promise<ReadonlyMap<Uuid, readonly CampaignStep[]>> {
  const ids = subscriptions.map(({ id }) => id)
  const [campaigns, open] = await Promise.all([
    findCampaignsFor(tx, accountId, subscriptions),
    listOpenRuns(tx, accountId, ids),
  ])
  const runs = oldestRuns(open)
  const steps = ids.flatMap((id): [Uuid, readonly CampaignStep[]][] => {
    const run = runs.get(id)
    if (run !== undefined && run.steps !== null)
      return run.campaignId === null ? [] : [[id, run.steps]]
    const campaign = campaigns.get(id)
    return campaign === undefined ? [] : [[id, campaign.steps]]
  })
  return new Map(steps)
}
