import type { PriceScheme } from '@perennial/core/catalog'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { ratio, type Currency } from '@perennial/core/money'
import type { ItemComponent, SubscriptionItem } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../../platform/wire/index.ts'

/** A billing plan as it is asked for. */
export type PlanWish = {
  readonly name: string
  readonly component: ItemComponent
  /** Hundredths: minor units of an amount, or of a percent. */
  readonly valueHundredths: bigint
  readonly cycleFirst: number
  /** Null = without end. */
  readonly cycleCount: number | null
  readonly taxCode: string | null
}

export function planItem(
  wish: PlanWish,
  given: {
    readonly id: Uuid
    readonly subscriptionId: Uuid
    readonly position: number
    readonly currency: Currency
  },
  at: Instant,
): SubscriptionItem {
  const { id, subscriptionId, position, currency } = given
  const isPercentage = wish.component === 'discount_percentage'
  const metadata: JsonObject = wish.taxCode === null ? {} : { tax_code: wish.taxCode }
  return {
    id,
    subscriptionId,
    position,
    component: wish.component,
    terms: {
      currency,
      scheme: schemeOf(wish),
      freeUnits: 0n,
      minimumMinor: null,
      maximumMinor: null,
    },
    priceId: null,
    productId: null,
    description: wish.name,
    quantity: 1n,
    unitAmountMinor: isPercentage ? null : wish.valueHundredths,
    ownAmountMinor: null,
    cycleFirst: wish.cycleFirst,
    cycleCount: wish.cycleCount,
    fulfillmentType: 'none',
    metadata,
    createdAt: at,
    updatedAt: at,
  }
}

function schemeOf({ component, valueHundredths }: PlanWish): PriceScheme {
  if (component === 'discount_percentage') {
    assert(valueHundredths <= 10_000n, 'no more than all of it comes off')
    return { kind: 'percentage', rateBps: Number(valueHundredths) }
  }
  return { kind: 'per_unit', unitAmount: ratio(valueHundredths, 1n) }
}

/** The reverse: what a plan was asked for with, or edited to since. */
export function planValueHundredths(item: SubscriptionItem): bigint {
  const { terms, unitAmountMinor, ownAmountMinor } = item
  if (terms.scheme.kind === 'percentage') return BigInt(terms.scheme.rateBps)
  return ownAmountMinor ?? unitAmountMinor ?? 0n
}
