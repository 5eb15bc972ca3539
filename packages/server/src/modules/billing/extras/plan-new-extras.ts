import type { BillExtras } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  termsOf,
  toExtras,
  type FollowedProfile,
  type SubscriptionExtras,
} from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { findDiscountId } from '../../discounts/index.ts'
import { checkExtras, findUnusable, type ExtrasRefusal } from './check-extras.ts'
import { loadExtras, toDiscountedLines, type BorneItem } from './load-extras.ts'

/** A subscription that is about to begin, or a sale, and what its bills are to carry. */
export type NewExtras = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly items: readonly BorneItem[]
  readonly profile: FollowedProfile | null
  readonly extras: SubscriptionExtras | null
  /** Another way to name a discount. */
  readonly discountCode: string | null
}

/**
 * What a new subscription names, and what its first bill carries. Asked twice where it names discounts: before they are
 * locked, which says all that may be in the way, and with their uses locked, so that the last one is given to one alone.
 */
export async function planNewExtras(
  tx: Tx,
  context: CommandContext,
  wanted: NewExtras,
): Promise<
  Decision<
    { readonly named: SubscriptionExtras | null; readonly borne: BillExtras | undefined },
    ExtrasRefusal
  >
> {
  const { accountId, now: at } = context
  const { id, customerId, items, discountCode } = wanted
  const byCode = discountCode === null ? null : await findDiscountId(tx, accountId, discountCode)
  if (byCode === null && discountCode !== null) return refused('discount_code_unknown')
  const { discountIds = [], taxRateIds = [] } = wanted.extras ?? {}
  const ids = byCode === null ? discountIds : [...discountIds, byCode]
  const extras = toExtras({ discountIds: ids, taxRateIds })
  if (extras !== null) {
    const lines = toDiscountedLines(items)
    const gift = { ...extras, customerId, subscriptionId: null, lines }
    const checked = await checkExtras(tx, context, gift)
    if (checked.kind === 'refused') return checked
  }
  const profile = wanted.profile === null ? null : termsOf(wanted.profile, 1)
  const subject = { subscription: { id, customerId, extras, profile }, items }
  const borne = (await loadExtras(tx, accountId, { subjects: [subject], at })).get(id)
  const unusable = findUnusable(borne, { at, items })
  return unusable ?? accepted({ named: extras, borne })
}
