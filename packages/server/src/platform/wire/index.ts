export { addressField } from './address.ts'
export { closedObject } from './closed-object.ts'
export { DATE_OUT_OF_RANGE, isDateInRange, toFilterDate, toFilterInstant } from './dates.ts'
export {
  DECODE,
  type Decoder,
  amount,
  amountField,
  bigCountField,
  currencyField,
  dateField,
  idField,
  instantField,
  integerField,
  mapField,
  nullable,
  oneOf,
  signedAmountField,
  textField,
  timestamp,
  unixSecondsField,
  wireId,
} from './fields.ts'
export { given } from './given.ts'
export type { JsonObject, JsonValue } from './json.ts'
