export { type Price, toPriceTerms, toRecurrence } from './price.ts'
export { createPrice } from './price-commands.ts'
export { type NewPrice } from './price-requests.ts'
export { pricesRoutes } from './price-routes.ts'
export type { Product, ProductDetails } from './product.ts'
export { createProduct } from './product-commands.ts'
export { productsRoutes } from './product-routes.ts'
export {
  findPriceTerms,
  findPrices,
  findProduct,
  findProducts,
  listPrices,
  listProducts,
} from './queries.ts'
