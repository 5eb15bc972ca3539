export { taxesOn, type Taxed, type TaxRate } from './tax-rate.ts'
