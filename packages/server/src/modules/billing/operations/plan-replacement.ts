import { decideReplacement } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
  type Refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { findPrices, findProducts } from '../../catalog/index.ts'
import { copyUses } from '../../discounts/index.ts'
import { copySegments } from '../../routing/index.ts'
import {
  archiveLocked,
  findProfile,
  lockProfile,
  lockProfileShared,
  type SubscriptionProfile,
} from '../../subscription-profiles/index.ts'
import { copyMethods, findSubscription } from '../../subscriptions/index.ts'
import { chooseProfile } from '../subscriptions/choose-profile.ts'
import {
  planFromPrices,
  planFromProduct,
  quantityOf,
  type SubscriptionPlan,
} from '../subscriptions/plan-subscription.ts'
import { refusedAs } from '../subscriptions/refused-as.ts'
import { planTransfer } from '../extras/plan-extras.ts'
import type { BillingDeps } from '../scope.ts'
import {
  followsAnother,
  type DecidedOperation,
  type OperationRefusal,
  type PlanOperation,
  type WarningCode,
} from './operation.ts'

export type ReplacementWish = {
  readonly productId: Uuid
  /** The price to bill by; null = the product's own amount, or `unitAmountMinor`. */
  readonly priceId: Uuid | null
  readonly quantity: bigint
  /** What one unit costs in the place of the product's amount. */
  readonly unitAmountMinor: bigint | null
  readonly transfersDiscounts: boolean
}

/**
 * Another product takes over (spec/revcent.md 9.2). The profile is carried over only where the product stays and the
 * profile is nobody's own; otherwise the new product's decides, and a subscription with a profile needs one.
 */
export function planReplacement(
  deps: BillingDeps,
  context: CommandContext,
  { id, wish }: { readonly id: Uuid; readonly wish: ReplacementWish },
): PlanOperation {
  return async (tx) => {
    const { accountId, now } = context
    const current = await findSubscription(tx, accountId, id)
    if (current === null) return refused('subscription_not_found')
    const successorId = deps.ids.next()
    const found = await planSold(deps, { tx, context }, { current, wish, successorId })
    if (found.kind === 'refused') return found
    const { plan, isCarriedOver, discarded } = found.value
    const warnings: WarningCode[] = []
    if (current.profile !== null && !isCarriedOver) warnings.push('profile_not_carried_over')
    if (discarded !== null) warnings.push('custom_profile_discarded')
    const { transfersDiscounts } = wish
    const moved = { current, items: plan.items, transfersDiscounts }
    const { dropsDiscounts, extrasOf } = await planTransfer(tx, context, moved)
    if (dropsDiscounts) warnings.push('discounts_not_carried_over')
    return accepted({
      decide: (state) => {
        if (followsAnother(state, current)) return refused('profile_changed_meanwhile')
        const quantity = quantityOf(plan.items)
        const extras = extrasOf(state.subscription)
        const sold = { ...plan, id: successorId, quantity, extras }
        const decision = decideReplacement(state, sold, now)
        if (decision.kind === 'refused') return refusedAs(state.subscription, decision)
        const { ended, started, changes } = decision
        return accepted<DecidedOperation>({
          after: { subscription: ended, items: state.items },
          successor: { subscription: started, items: plan.items },
          changes,
          warnings,
        })
      },
      write: async (writing) => {
        const move = { fromId: id, toId: successorId, at: now }
        await copyMethods(writing, accountId, move)
        await copySegments(writing, accountId, move)
        if (transfersDiscounts) await copyUses(writing, accountId, move)
        if (discarded !== null) await archiveLocked({ tx: writing, context }, discarded)
      },
    })
  }
}

/** Fields of a new subscription by what a replacement calls them. */
const FIELD_OF: Readonly<Record<string, string>> = { productId: 'product_id', priceId: 'price_id' }

function inItsWords<Code extends string>(refusal: Refused<Code>): Refused<Code> {
  const own = refusal.param === undefined ? undefined : FIELD_OF[refusal.param]
  return own === undefined ? refusal : { ...refusal, param: own }
}

type Sold = {
  readonly plan: SubscriptionPlan
  readonly isCarriedOver: boolean
  readonly discarded: SubscriptionProfile | null
}

async function planSold(
  deps: BillingDeps,
  { tx, context }: { readonly tx: Tx; readonly context: CommandContext },
  given: {
    readonly current: Subscription
    readonly wish: ReplacementWish
    readonly successorId: Uuid
  },
): Promise<Decision<Sold, OperationRefusal>> {
  const { current, wish, successorId } = given
  const { accountId } = context
  const [product] = await findProducts(tx, accountId, [wish.productId])
  if (product === undefined) return refused('product_not_found', { param: 'product_id' })
  const [price] = wish.priceId === null ? [null] : await findPrices(tx, accountId, [wish.priceId])
  if (price === undefined || (price !== null && price.productId !== product.id))
    return refused('price_not_found', { param: 'price_id' })

  const followed = await findFollowed(tx, context, current)
  const isOwn = followed !== null && followed.subscriptionId !== null
  const isCarriedOver = followed !== null && !isOwn && product.id === current.productId
  const chosen = isCarriedOver
    ? accepted(await lockProfileShared(tx, { accountId, id: followed.id }))
    : await chooseProfile(tx, context, price?.profileId ?? product.profileId)
  // The profile is named by what is sold.
  if (chosen.kind === 'refused')
    return { ...chosen, param: (price?.profileId ?? null) === null ? 'product_id' : 'price_id' }
  const profile = chosen.value
  if (profile === null && followed !== null)
    return refused('product_has_no_profile', { param: 'product_id' })

  const planning = {
    profile,
    subscriptionId: successorId,
    currency: null,
    now: context.now,
    nextId: () => deps.ids.next(),
    first: 'renewal',
  } as const
  const { quantity, unitAmountMinor } = wish
  const own = { amountMinor: unitAmountMinor, renewalAmountMinor: null }
  const ownAmount = unitAmountMinor === null ? {} : own
  const plan =
    price === null
      ? planFromProduct({ product: { ...product, ...ownAmount }, quantity }, planning)
      : planFromPrices([{ price, product, quantity }], planning)
  if (plan.kind === 'refused') return inItsWords(plan)
  const discarded = isOwn ? await lockProfile(tx, { accountId, id: followed.id }) : null
  return accepted({ plan: plan.value, isCarriedOver, discarded })
}

async function findFollowed(
  tx: Tx,
  { accountId }: CommandContext,
  { profile }: Subscription,
): Promise<SubscriptionProfile | null> {
  return profile === null ? null : findProfile(tx, { accountId, id: profile.profileId })
}
