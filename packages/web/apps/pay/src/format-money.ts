import type { Money } from './page-data.ts'
import { text } from './text.ts'

/** As the reader's language writes it, with the places that the amount has: currencies differ from what browsers believe. */
export function formatMoney({ amount, currency }: Money, locale?: string): string {
  const places = amount.split('.')[1]?.length ?? 0
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places }
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, ...digits })
  // A decimal text keeps its last digit at any size; a number would not.
  return format.format(amount as `${number}`)
}

export function formatAll(amounts: readonly Money[]): string {
  return amounts.map((amount) => formatMoney(amount)).join(text.and)
}
