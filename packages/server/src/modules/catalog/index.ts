export { type Price, toPriceTerms } from './price.ts'
export { createPrice } from './price-commands.ts'
export { type NewPrice } from './price-requests.ts'
export { pricesRoutes } from './price-routes.ts'
export type { Product } from './product.ts'
export { createProduct } from './product-commands.ts'
export { refuseUnknownProducts } from './refuse-unknown-products.ts'
export { productsRoutes } from './product-routes.ts'
export {
  findPriceTerms,
  findPrices,
  findProduct,
  findProducts,
  listPrices,
  listProducts,
} from './queries.ts'
