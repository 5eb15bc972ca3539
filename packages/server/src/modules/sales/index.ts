export {
  findSale,
  findSalesOfInvoices,
  listSales,
  lockSale,
  writeSaleMetadata,
  writeSales,
  type SaleWithLines,
} from './queries.ts'
export {
  SaleCreateBody,
  SaleItem,
  SaleListQuery,
  SaleParams,
  SaleUpdateBody,
  SaleVoidBody,
  type SaleCreate,
} from './schemas.ts'
export { toWireSale, toWireSaleRefund } from './wire.ts'
