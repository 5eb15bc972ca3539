import type { TimeZone } from '@perennial/core/time'
import type { JsonObject, JsonValue } from '../../../platform/wire/index.ts'
import { textOf, toAmount, toDay } from './format-values.ts'
import type { Values } from './mail-engine.ts'

/** What a receipt prints beside the amount: texts, empty where its data has nothing to say. */
export function toReceiptValues(data: JsonObject, timeZone: TimeZone, language: string): Values {
  const amount = (minor: JsonValue | undefined): string => toAmount(minor, data, language)
  const unlessZero = (minor: JsonValue | undefined): string => (minor === 0 ? '' : amount(minor))
  const lines = toLines(data['lines'], amount)
  const more = data['lines_left']
  if (typeof more === 'number' && more > 0) lines.push(`… (+${more})`)
  return {
    receipt_number: textOf(data['receipt_number']),
    paid_on: toDay(data['paid_at'], timeZone, language),
    refunded_on: toDay(data['refunded_at'], timeZone, language),
    description: textOf(data['description']),
    lines: lines.join('\n'),
    total: lines.length === 0 ? '' : amount(data['total_minor']),
    included_tax: unlessZero(data['included_tax_minor']),
    amount_left: unlessZero(data['left_minor']),
  }
}

/** "Seat × 3: $87.00" of every line. */
function toLines(
  lines: JsonValue | undefined,
  amount: (minor: JsonValue | undefined) => string,
): string[] {
  if (!Array.isArray(lines)) return []
  return lines.map((line) => {
    const { description, quantity, amount_minor: minor } = Object(line) as JsonObject
    const times = typeof quantity !== 'number' || quantity === 1 ? '' : ` × ${quantity}`
    return `${textOf(description)}${times}: ${amount(minor)}`
  })
}
