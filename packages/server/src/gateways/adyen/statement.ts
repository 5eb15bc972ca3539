import { statementLine, type StatementText } from '@perennial/core/payments'

/** `shopperStatement` of the vendor's payment request: 22 letters, digits and . , ' _ - ? + * / */
const RULE = { banned: /[^a-zA-Z0-9.,'_\-?+*/ ]/g, lengthMax: 22 } as const

export function shopperStatement({ descriptor, suffix }: StatementText): {
  readonly shopperStatement?: string
} {
  const line = statementLine([descriptor, suffix].filter((part) => part !== null).join(' '), RULE)
  return line === null ? {} : { shopperStatement: line }
}
