import { statementLine, type StatementText } from '@perennial/core/payments'

/** `billing_descriptor` of the vendor's payment request. */
const NAME = { banned: /[^\x20-\x7e]/g, lengthMax: 25 } as const
const CITY = { banned: /[^\x20-\x7e]/g, lengthMax: 13 } as const

/** The vendor takes a name with a city only. */
export function billingDescriptor(text: StatementText): {
  readonly billing_descriptor?: { readonly name: string; readonly city: string }
} {
  const said = [text.descriptor, text.suffix].filter((part) => part !== null).join(' ')
  const name = statementLine(said, NAME)
  const city = statementLine(text.city, CITY)
  return name === null || city === null ? {} : { billing_descriptor: { name, city } }
}
