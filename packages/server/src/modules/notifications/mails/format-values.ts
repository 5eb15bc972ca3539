import { assert } from '@perennial/core/fault'
import { formatMoney, fromWireMinor, parseCurrency, type Currency } from '@perennial/core/money'
import { parseInstant, type TimeZone } from '@perennial/core/time'
import type { JsonObject, JsonValue } from '../../../platform/wire/index.ts'

/** What is no text counts as absent, and is empty. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** The day of an instant in words; empty where there is none. */
export function toDay(value: JsonValue | undefined, timeZone: TimeZone, language: string): string {
  const at = typeof value === 'string' ? parseInstant(value) : null
  return at === null
    ? ''
    : new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(at)
}

/** An amount in minor units of the data's currency, in words; empty where one of the two is missing. */
export function toAmount(minor: JsonValue | undefined, data: JsonObject, language: string): string {
  const currency = parseCurrency(textOf(data['currency']))
  if (currency === null || typeof minor !== 'number') return ''
  return formatAmount({ amountMinor: fromWireMinor(minor), currency }, language)
}

/** "$29.00" in English, "29,00 $" in German. The digits are ours: those of the platform are wrong for some currencies. */
function formatAmount(
  money: { readonly amountMinor: bigint; readonly currency: Currency },
  language: string,
): string {
  const { currency } = money
  const decimal = formatMoney(money).slice(`${currency} `.length)
  assert(isDecimal(decimal), 'an amount is a decimal')
  const digits = decimal.split('.')[1]?.length ?? 0
  const form = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  // Readers of plain text stumble over spaces that do not break.
  return form.format(decimal).replaceAll(/[\u00a0\u202f]/g, ' ')
}

function isDecimal(text: string): text is `${number}` {
  return /^-?\d+(\.\d+)?$/.test(text)
}
