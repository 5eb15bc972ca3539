import type { Invoice } from '../../invoices/index.ts'
import type { CustomerSale, CustomerSaleLine } from '../../sales/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Fact } from '../state/change-set.ts'
import type { Told } from '../state/fact-types.ts'

/** `sale.<what>`, with its invoice as it is then. Those that repeat are told apart by the sale's version. */
export function saleFact(
  what: Told<'sale'>,
  view: {
    readonly sale: CustomerSale
    readonly lines: readonly CustomerSaleLine[]
    readonly invoice: Invoice
  },
  at: Instant,
): Fact {
  const subject = { kind: 'sale', ...view } as const
  const number = what === 'created' ? 0n : BigInt(view.sale.version)
  return { type: `sale.${what}`, at, number, subject, previous: null }
}
