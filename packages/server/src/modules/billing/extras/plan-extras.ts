import type { BillExtras, Redemption } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  toExtras,
  type Subscription,
  type SubscriptionEdit,
  type SubscriptionExtras,
  type SubscriptionItem,
} from '@perennial/core/subscriptions'
import { reduces } from '@perennial/core/discounts'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { findManyKept } from '../../../platform/kept/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { toDiscount } from '../../discounts/index.ts'
import { findSubscription, listItems } from '../../subscriptions/index.ts'
import { checkExtras, type ExtrasRefusal } from './check-extras.ts'
import { toDiscountedLines } from './load-extras.ts'

/** What is to change of what a subscription's bills carry. */
export type ExtrasWish = {
  readonly addDiscountIds: readonly Uuid[]
  readonly removeDiscountIds: readonly Uuid[]
  /** Absent = as they are. */
  readonly taxRateIds?: readonly Uuid[]
}

/**
 * Checks what is added, and says how the locked subscription is edited. What it has already is not asked about again, and
 * may be taken away whatever has become of it.
 */
export async function planExtras(
  tx: Tx,
  context: CommandContext,
  { id, wish }: { readonly id: Uuid; readonly wish: ExtrasWish },
): Promise<
  Decision<
    (current: Subscription) => Pick<SubscriptionEdit, 'discountIds' | 'taxRateIds'>,
    ExtrasRefusal | 'subscription_not_found'
  >
> {
  const { accountId } = context
  const subscription = await findSubscription(tx, accountId, id)
  if (subscription === null) return refused('subscription_not_found')
  const before = subscription.extras
  const added = wish.addDiscountIds.filter((each) => before?.discountIds.includes(each) !== true)
  const rates = (wish.taxRateIds ?? []).filter((each) => before?.taxRateIds.includes(each) !== true)
  const items = await listItems(tx, accountId, [id])
  const strange = wish.removeDiscountIds.filter((each) => !before?.discountIds.includes(each))
  const known = await findManyKept(tx, { table: 'discounts', accountId, ids: strange })
  if (strange.some((each) => known.every((row) => row.id !== each)))
    return refused('discount_not_found', { param: 'remove_discounts' })
  const checked = await checkExtras(tx, context, {
    customerId: subscription.customerId,
    subscriptionId: id,
    lines: toDiscountedLines(items),
    discountIds: added,
    taxRateIds: rates,
  })
  if (checked.kind === 'refused') {
    const { code } = checked
    const isOfDiscount = code === 'discount_not_found' || code === 'discount_not_usable'
    return isOfDiscount ? { ...checked, param: 'add_discounts' } : checked
  }
  const removed = new Set(wish.removeDiscountIds)
  return accepted((current) => {
    const kept = (current.extras?.discountIds ?? []).filter((each) => !removed.has(each))
    return {
      discountIds: [...kept, ...wish.addDiscountIds],
      ...given('taxRateIds', wish.taxRateIds),
    }
  })
}

/** The extras once some of their discounts have been used by a bill that was just made. */
export function afterUse(
  extras: BillExtras | undefined,
  redemptions: readonly Redemption[],
): BillExtras | undefined {
  if (extras === undefined || redemptions.length === 0) return extras
  const discounts = extras.discounts.map((borne) => {
    if (redemptions.every(({ discountId }) => discountId !== borne.discount.id)) return borne
    const { ofSubscription, inAll, ofCustomer } = borne.uses
    const uses = {
      ofSubscription: ofSubscription + 1,
      inAll: inAll + 1,
      ofCustomer: ofCustomer + 1,
    }
    return { ...borne, uses }
  })
  return { ...extras, discounts }
}

/**
 * What a subscription that takes over carries: the tax rates of the one before and, if they are asked for, those of its
 * discounts that are for what is sold now (spec/revcent.md 9.2).
 */
export async function planTransfer(
  tx: Tx,
  { accountId }: CommandContext,
  given: {
    readonly current: Subscription
    readonly items: readonly SubscriptionItem[]
    readonly transfersDiscounts: boolean
  },
): Promise<{
  readonly dropsDiscounts: boolean
  readonly extrasOf: (current: Subscription) => SubscriptionExtras | null
}> {
  const { current, items, transfersDiscounts } = given
  const ids = transfersDiscounts ? (current.extras?.discountIds ?? []) : []
  const rows = await findManyKept(tx, { table: 'discounts', accountId, ids })
  const lines = toDiscountedLines(items)
  const kept = new Set(
    rows
      .map(toDiscount)
      .filter((discount) => lines.some((line) => reduces(discount, line)))
      .map(({ id }) => id),
  )
  return {
    dropsDiscounts: kept.size < ids.length,
    extrasOf: ({ extras }) =>
      extras === null
        ? null
        : toExtras({ ...extras, discountIds: extras.discountIds.filter((id) => kept.has(id)) }),
  }
}
