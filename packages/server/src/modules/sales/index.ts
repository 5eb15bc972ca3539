export {
  findSale,
  findSalesOfInvoices,
  listSales,
  lockSale,
  writeSaleMetadata,
  writeSales,
  type SaleFilter,
  type SaleWithLines,
} from './queries.ts'
export {
  SaleCreateBody,
  SaleItem,
  SaleListQuery,
  SaleParams,
  SaleUpdateBody,
  SaleVoidBody,
  SALE_STATUSES,
  type SaleCreate,
} from './schemas.ts'
export { toWireSale, toWireSaleRefund } from './wire.ts'
