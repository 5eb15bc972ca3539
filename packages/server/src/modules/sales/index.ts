export {
  findSale,
  findSalesOfInvoices,
  listSales,
  writeSales,
  type SaleFilter,
  type SaleWithLines,
} from './queries.ts'
export {
  SaleCreateBody,
  SaleItem,
  SaleListQuery,
  SaleParams,
  SaleVoidBody,
  SALE_STATUSES,
  type SaleCreate,
} from './schemas.ts'
export { toWireSale, toWireSaleRefund } from './wire.ts'
