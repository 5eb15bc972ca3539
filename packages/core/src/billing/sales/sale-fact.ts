import type { Invoice } from '../../invoices/index.ts'
import type { CustomerSale, CustomerSaleLine } from '../../sales/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Fact } from '../change-set.ts'

/** `sale.<what>`, each once; with its invoice as it is then. */
export function saleFact(
  what: string,
  view: {
    readonly sale: CustomerSale
    readonly lines: readonly CustomerSaleLine[]
    readonly invoice: Invoice
  },
  at: Instant,
): Fact {
  const subject = { kind: 'sale', ...view } as const
  return { type: `sale.${what}`, at, number: 0n, subject, previous: null }
}
