import { statementLine, type StatementText } from '@perennial/core/payments'

/** "Descriptors" of the vendor: a company of 3, 7 or 12 letters, an asterisk, and a product; 22 letters in all. */
const RULE = { banned: /[^a-zA-Z0-9*.+\- ]/g, lengthMax: 22 } as const
const COMPANY_LENGTHS = [3, 7, 12] as const
const COMPANY_LENGTH_MAX = 12
const FORM = /^(.{3}|.{7}|.{12})\*[^*]+$/

export function descriptorOf({ descriptor, suffix }: StatementText): {
  readonly descriptor?: { readonly name: string }
} {
  const whole = statementLine(descriptor, RULE)
  if (whole !== null && FORM.test(whole)) return { descriptor: { name: whole } }
  const company = whole?.replaceAll('*', '') ?? null
  const rest = company?.slice(COMPANY_LENGTH_MAX).trim() ?? ''
  const product = statementLine(suffix ?? (rest === '' ? 'PAYMENT' : rest), RULE)
  if (company === null || product === null) return {}
  const length = COMPANY_LENGTHS.find((each) => each >= company.length) ?? COMPANY_LENGTH_MAX
  const name = `${company.slice(0, length).padEnd(length)}*${product.replaceAll('*', '')}`
  return { descriptor: { name: name.slice(0, RULE.lengthMax) } }
}
