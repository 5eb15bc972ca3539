export { applyDiscounts, type AppliedDiscount, type PricedLine } from './apply-discounts.ts'
export {
  NO_USES,
  type Discount,
  type DiscountDuration,
  type DiscountUses,
  type DiscountValue,
} from './discount.ts'
export {
  findObstacle,
  reduces,
  type DiscountedLine,
  type DiscountedSale,
  type DiscountObstacle,
} from './find-obstacle.ts'
