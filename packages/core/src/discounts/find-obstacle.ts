import { assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Instant } from '../time/index.ts'
import type { Discount, DiscountUses } from './discount.ts'

/** Why a discount does not count, in the order in which it is looked at. */
export type DiscountObstacle =
  | 'inactive'
  | 'not_started'
  | 'expired'
  | 'spent'
  | 'used_up'
  | 'used_up_by_customer'
  | 'not_for_this_scope'
  | 'not_for_these_products'
  | 'not_a_first_time_customer'

/** What a discount is to reduce. */
export type DiscountedSale = {
  readonly at: Instant
  readonly lines: readonly DiscountedLine[]
  /** Asked where a discount is given, and no more once it is. */
  readonly isFirstTimeCustomer: boolean
}

export type DiscountedLine = {
  readonly productId: Uuid | null
  readonly isRecurring: boolean
}

/** Why the discount does not reduce this sale; null when it does. */
export function findObstacle(
  discount: Discount,
  uses: DiscountUses,
  sale: DiscountedSale,
): DiscountObstacle | null {
  const { at, lines } = sale
  if (!discount.isActive) return 'inactive'
  if (discount.validFrom !== null && at < discount.validFrom) return 'not_started'
  if (discount.validUntil !== null && at >= discount.validUntil) return 'expired'
  if (isSpent(discount, uses)) return 'spent'
  if (discount.usesMax !== null && uses.inAll >= discount.usesMax) return 'used_up'
  const { usesPerCustomerMax } = discount
  if (usesPerCustomerMax !== null && uses.ofCustomer >= usesPerCustomerMax)
    return 'used_up_by_customer'
  if (!lines.some((line) => isInScope(discount, line))) return 'not_for_this_scope'
  if (!lines.some((line) => reduces(discount, line))) return 'not_for_these_products'
  if (discount.isForFirstTimeCustomers && !sale.isFirstTimeCustomer)
    return 'not_a_first_time_customer'
  return null
}

/** No later bill of the subscription is reduced by it. */
function isSpent({ duration }: Discount, { ofSubscription }: DiscountUses): boolean {
  switch (duration.kind) {
    case 'forever':
      return false
    case 'once':
      return ofSubscription >= 1
    case 'repeating':
      return ofSubscription >= duration.cycles
    default:
      return assertNever(duration)
  }
}

/** Whether it comes off this line. */
export function reduces(discount: Discount, line: DiscountedLine): boolean {
  if (!isInScope(discount, line)) return false
  const { productIds } = discount
  return productIds === null || (line.productId !== null && productIds.includes(line.productId))
}

function isInScope({ scope }: Discount, { isRecurring }: DiscountedLine): boolean {
  switch (scope) {
    case 'entire_order':
    case 'specific_products':
      return true
    case 'subscription_only':
      return isRecurring
    case 'one_time_only':
      return !isRecurring
    default:
      return assertNever(scope)
  }
}
