export { addUp } from './add-up.ts'
export {
  isShippedWithSale,
  NEW_SALE_LINE,
  type CustomerSale,
  type CustomerSaleLine,
  type SaleStatus,
  type SoldTerms,
} from './customer-sale.ts'
