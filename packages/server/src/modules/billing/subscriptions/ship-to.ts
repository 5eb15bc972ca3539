import { addressField, nullable } from '../../../platform/wire/index.ts'

/** Where the goods of a subscription go. */
export const ShipToBody = nullable(
  addressField("Where its goods go; null = the customer's address."),
)
