export {
  copyUses,
  countCustomerUses,
  countRedemptions,
  findDiscountId,
  insertRedemptions,
  insertUses,
  listSubscriptionUses,
  releaseRedemptions,
} from './queries.ts'
export { discountsRoutes } from './routes.ts'
export { toDiscount, type DiscountColumns } from './stored-discount.ts'
