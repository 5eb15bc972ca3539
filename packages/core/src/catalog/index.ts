export { type PriceProblem, checkPriceTerms } from './check-price-terms.ts'
export type { PriceScheme, PriceTerms, PriceTier, Recurrence } from './price-terms.ts'
export { type Rated, type RatedPart, rate } from './rate.ts'
