import { isDeepStrictEqual } from 'node:util'
import type { CampaignStep } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
  unlessViolated,
} from '../../../platform/command/index.ts'
import { findProduct } from '../../catalog/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { toWireAssignment } from './campaign-schemas.ts'
import {
  deleteAssignmentsOf,
  insertCampaign,
  lockCampaign,
  saveAssignment,
  updateCampaign,
  type AssignmentRow,
  type AssignmentTarget,
  type CampaignRow,
} from '../queries/campaigns.ts'

export type CampaignFields = {
  readonly name: string
  readonly description: string | null
  readonly steps: readonly CampaignStep[]
}

const NAME_TAKEN = { constraint: 'dunning_campaigns_name_unique', code: 'name_taken' } as const

/** Refuses: `name_taken`. */
export function createCampaign(
  context: CommandContext,
  fields: CampaignFields,
): Promise<Decision<CampaignRow, 'name_taken'>> {
  const { accountId, now } = context
  const row: CampaignRow = {
    ...fields,
    account_id: accountId,
    id: context.ids.next(),
    version: 1,
    archived_at: null,
    created_at: now,
    updated_at: now,
  }
  return unlessViolated(NAME_TAKEN, () =>
    context.inTx(async (tx) => {
      await insertCampaign(tx, row)
      await context.remember(tx, 'dunning_campaign', row.id)
      return accepted(row)
    }),
  )
}

/**
 * Runs that have begun go on by the steps that they began with. A change that changes nothing writes nothing. Refuses:
 * `campaign_not_found`, `campaign_archived`, `name_taken`.
 */
export function changeCampaign(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: Partial<CampaignFields> },
): Promise<Decision<CampaignRow, 'campaign_not_found' | 'campaign_archived' | 'name_taken'>> {
  const { accountId, now } = context
  const { id, change } = request
  return unlessViolated(NAME_TAKEN, () =>
    context.inTx(async (tx) => {
      const before = await lockCampaign(tx, { accountId, id })
      if (before === null) return refused('campaign_not_found')
      if (before.archived_at !== null) return refused('campaign_archived')
      await context.remember(tx, 'dunning_campaign', id)
      const changed = { ...before, ...change }
      if (isDeepStrictEqual(before, changed)) return accepted(before)
      const row = { ...changed, version: before.version + 1, updated_at: now }
      await updateCampaign(tx, row)
      return accepted(row)
    }),
  )
}

/** It is used for no new failure, and its targets have none of their own again. Refuses: `campaign_not_found`. */
export function archiveCampaign(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<CampaignRow, 'campaign_not_found'>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const before = await lockCampaign(tx, { accountId, id })
    if (before === null) return refused('campaign_not_found')
    await context.remember(tx, 'dunning_campaign', id)
    if (before.archived_at !== null) return accepted(before)
    const row = { ...before, version: before.version + 1, archived_at: now, updated_at: now }
    await updateCampaign(tx, row)
    await deleteAssignmentsOf(tx, { accountId, id })
    return accepted(row)
  })
}

export type AssignRequest = {
  readonly campaignId: Uuid
  readonly target: AssignmentTarget
  readonly productId: Uuid | null
  readonly subscriptionId: Uuid | null
}

type AssignRefusal =
  | 'campaign_not_found'
  | 'campaign_archived'
  | 'target_missing'
  | 'product_not_found'
  | 'subscription_not_found'

/** A target has one campaign at a time: this one takes the place of the one before. Refusals in the order of the union. */
export function assignCampaign(
  context: CommandContext,
  request: AssignRequest,
): Promise<Decision<AssignmentRow, AssignRefusal>> {
  const { accountId, now } = context
  const { campaignId, target, productId, subscriptionId } = request
  return context.inTx(async (tx) => {
    const campaign = await lockCampaign(tx, { accountId, id: campaignId })
    if (campaign === null) return refused('campaign_not_found')
    if (campaign.archived_at !== null) return refused('campaign_archived')
    const targetId = { account: accountId, product: productId, subscription: subscriptionId }[
      target
    ]
    if (targetId === null) return refused('target_missing')
    if (target === 'product' && (await findProduct(tx, { accountId, id: targetId })) === null)
      return refused('product_not_found')
    if (target === 'subscription' && (await findSubscription(tx, accountId, targetId)) === null)
      return refused('subscription_not_found')
    const row = {
      id: context.ids.next(),
      campaign_id: campaignId,
      target,
      target_id: targetId,
      created_at: now,
    }
    const saved = await saveAssignment(tx, accountId, row)
    const answer = { data: toWireAssignment(saved) }
    await context.remember(tx, 'dunning_campaign', campaignId, answer)
    return accepted(saved)
  })
}
