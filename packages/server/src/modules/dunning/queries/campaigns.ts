import type { CampaignStep } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql, type Selectable } from 'kysely'
import { insertMany, updateMany, type DB, type Tx } from '../../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../../platform/lists/index.ts'

export type CampaignRow = Omit<Selectable<DB['dunning_campaigns']>, 'steps'> & {
  readonly steps: readonly CampaignStep[]
}
type CampaignKey = { readonly accountId: Uuid; readonly id: Uuid }

export async function insertCampaign(tx: Tx, row: CampaignRow): Promise<void> {
  await insertMany(tx, 'dunning_campaigns', [row])
}

export async function updateCampaign(tx: Tx, row: CampaignRow): Promise<void> {
  await updateMany(tx, 'dunning_campaigns', [row])
}

export async function findCampaign(tx: Tx, key: CampaignKey): Promise<CampaignRow | null> {
  const { rows } = await sql<CampaignRow>`
    select * from dunning_campaigns where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export async function lockCampaign(tx: Tx, key: CampaignKey): Promise<CampaignRow | null> {
  const { rows } = await sql<CampaignRow>`
    select * from dunning_campaigns where account_id = ${key.accountId} and id = ${key.id} for update`.execute(
    tx,
  )
  return rows[0] ?? null
}

export async function listCampaigns(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<CampaignRow>, 'rows' | 'hasMore'>> {
  return readRows<CampaignRow>(tx, {
    select: '*',
    table: 'dunning_campaigns',
    accountId,
    filters: [],
    page,
  })
}

export type AssignmentTarget = 'account' | 'product' | 'subscription'

export type AssignmentRow = {
  readonly id: Uuid
  readonly campaign_id: Uuid
  readonly target: AssignmentTarget
  readonly target_id: Uuid
  readonly created_at: Instant
}

/** A target has one campaign: another takes the place of the one before. */
export async function saveAssignment(
  tx: Tx,
  accountId: Uuid,
  row: AssignmentRow,
): Promise<AssignmentRow> {
  const { rows } = await sql<AssignmentRow>`
    insert into dunning_assignments (account_id, id, campaign_id, target, target_id, created_at)
    values (${accountId}, ${row.id}, ${row.campaign_id}, ${row.target}, ${row.target_id}, ${row.created_at})
    on conflict on constraint dunning_assignments_one_per_target
      do update set campaign_id = excluded.campaign_id
    returning id, campaign_id, target, target_id, created_at`.execute(tx)
  return rows[0] ?? row
}

/** False when there was none. */
export async function deleteAssignment(tx: Tx, key: CampaignKey): Promise<boolean> {
  const result = await sql`
    delete from dunning_assignments where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return result.numAffectedRows === 1n
}

export async function deleteAssignmentsOf(tx: Tx, key: CampaignKey): Promise<void> {
  await sql`
    delete from dunning_assignments where account_id = ${key.accountId} and campaign_id = ${key.id}`.execute(
    tx,
  )
}

export async function listAssignments(
  tx: Tx,
  accountId: Uuid,
  list: { readonly campaignId: Uuid; readonly page: PageRequest },
): Promise<Pick<Page<AssignmentRow>, 'rows' | 'hasMore'>> {
  return readRows<AssignmentRow>(tx, {
    select: 'id, campaign_id, target, target_id, created_at',
    table: 'dunning_assignments',
    accountId,
    filters: [sql`campaign_id = ${list.campaignId}`],
    page: list.page,
  })
}

export type Campaign = { readonly id: Uuid; readonly steps: readonly CampaignStep[] }

/**
 * The campaign of each of these subscriptions, by their ids: its own, else its product's, else the account's. Those
 * without one have no entry.
 */
export async function findCampaignsFor(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly { readonly id: Uuid; readonly productId: Uuid | null }[],
): Promise<ReadonlyMap<Uuid, Campaign>> {
  if (subscriptions.length === 0) return new Map()
  const targets = subscriptions.flatMap(({ id, productId }) =>
    productId === null ? [id] : [id, productId],
  )
  const { rows } = await sql<Campaign & { readonly target_id: Uuid }>`
    select a.target_id, c.id, c.steps
      from dunning_assignments a
      join dunning_campaigns c on c.account_id = a.account_id and c.id = a.campaign_id
     where a.account_id = ${accountId} and c.archived_at is null
       and a.target in ('account', 'product', 'subscription')
       and a.target_id = any(${[...new Set([accountId, ...targets])]}::uuid[])`.execute(tx)
  const byTarget = new Map(rows.map(({ target_id: target, id, steps }) => [target, { id, steps }]))
  const found = subscriptions.flatMap(({ id, productId }) => {
    const own = byTarget.get(id) ?? (productId === null ? undefined : byTarget.get(productId))
    const campaign = own ?? byTarget.get(accountId)
    return campaign === undefined ? [] : [[id, campaign] as const]
  })
  return new Map(found)
}
