export { addUp, type SaleSums } from './add-up.ts'
export type { CustomerSale, CustomerSaleLine, SaleStatus, SoldTerms } from './customer-sale.ts'
