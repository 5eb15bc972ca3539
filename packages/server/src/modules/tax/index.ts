export { taxRatesRoutes } from './routes.ts'
export { toTaxRate } from './stored-rate.ts'
