import type { InvoiceLine } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import type { JsonObject } from '../../platform/wire/index.ts'

/** A mail lists so many lines, and says how many more there are. */
const LINES_MAX = 50

/** What a mail lists of an invoice: the lines that add up to its total, and the tax that they include. */
export function toMailLines(lines: readonly InvoiceLine[]): JsonObject {
  const included = lines.filter(({ source }) => source?.kind === 'tax' && source.isIncluded)
  const includedMinor = included.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const added = lines.filter((line) => !included.includes(line))
  return {
    lines: added.slice(0, LINES_MAX).map(({ description, quantity, amountMinor }) => ({
      description,
      quantity: toWireMinor(quantity),
      amount_minor: toWireMinor(amountMinor),
    })),
    lines_left: Math.max(0, added.length - LINES_MAX),
    included_tax_minor: toWireMinor(includedMinor),
  }
}
