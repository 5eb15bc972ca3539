export { checkPriceTerms } from './check-price-terms.ts'
export type { PriceScheme, PriceTerms, PriceTier } from './price-terms.ts'
export { rate } from './rate.ts'
export { UNIT_DECIMALS_MAX, unitDecimalOf } from './unit-amount.ts'
