export { taxesOn, type Tax, type Taxed, type TaxRate } from './tax-rate.ts'
