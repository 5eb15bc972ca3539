import type { Uuid } from '@perennial/core/ids'
import type { RecoveryChoice } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { toStoredChoice } from '../../../platform/settings/index.ts'

export type NarrowerChoice = {
  readonly subscriptionId: Uuid
  readonly from: 'subscription' | 'profile' | 'product'
  readonly choice: RecoveryChoice
}

/** What these subscriptions, or else their profiles, or else their products, ask for. Those that ask for nothing are absent. */
export async function listNarrowerChoices(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<Map<Uuid, NarrowerChoice>> {
  const { rows } = await sql<{
    readonly id: Uuid
    readonly own: unknown
    readonly of_profile: unknown
    readonly of_product: unknown
  }>`
    select s.id, r.choice as own, f.recovery as of_profile, p.recovery as of_product
      from subscriptions s
      left join subscription_recovery r on r.account_id = s.account_id and r.subscription_id = s.id
      left join subscription_profiles f on f.account_id = s.account_id and f.id = s.profile_id
      left join products p on p.account_id = s.account_id and p.id = s.product_id
     where s.account_id = ${accountId} and s.id = any(${subscriptionIds}::uuid[])
       and (r.choice is not null or f.recovery is not null or p.recovery is not null)`.execute(tx)
  return new Map(
    rows.map(({ id, own, of_profile, of_product }) => [
      id,
      {
        subscriptionId: id,
        from: own !== null ? 'subscription' : of_profile !== null ? 'profile' : 'product',
        choice: toStoredChoice(own ?? of_profile ?? of_product),
      },
    ]),
  )
}

/** Null takes away what it said. */
export async function saveSubscriptionChoice(
  tx: Tx,
  accountId: Uuid,
  said: {
    readonly subscriptionId: Uuid
    readonly choice: RecoveryChoice | null
    readonly at: Instant
  },
): Promise<void> {
  const { subscriptionId, choice, at } = said
  if (choice === null) {
    await sql`
      delete from subscription_recovery
       where account_id = ${accountId} and subscription_id = ${subscriptionId}`.execute(tx)
    return
  }
  await sql`
    insert into subscription_recovery (account_id, subscription_id, choice, updated_at)
    values (${accountId}, ${subscriptionId}, ${JSON.stringify(choice)}::jsonb, ${at})
    on conflict (account_id, subscription_id)
      do update set choice = excluded.choice, updated_at = excluded.updated_at`.execute(tx)
}

/** The next steps of these subscriptions' open cases are planned anew. The caller holds the subscriptions' locks. */
export async function planAnew(
  tx: Tx,
  accountId: Uuid,
  of: { readonly subscriptionIds: readonly Uuid[]; readonly at: Instant },
): Promise<void> {
  await sql`
    update recovery_cases set plan_at = ${of.at}
     where account_id = ${accountId} and subscription_id = any(${of.subscriptionIds}::uuid[])
       and state = 'open'`.execute(tx)
}
