export { allocate, allocateSigned } from './allocate.ts'
export { compareMinor } from './compare-minor.ts'
export { type Currency, currencyExponent, listCurrencies, parseCurrency } from './currency.ts'
export { formatDecimal, parseDecimal } from './decimal.ts'
export { formatMoney } from './format-money.ts'
export {
  type Ratio,
  type RoundingMode,
  addRatio,
  compareRatio,
  multiplyRatio,
  ratio,
  roundRatio,
  scaleMinor,
} from './ratio.ts'
export { fitsWire, fromWireMinor, isWireMinor, toWireMinor } from './wire-minor.ts'
