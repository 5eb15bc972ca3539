import { owedMinor, type Invoice } from '../../invoices/index.ts'
import { askedMinor } from '../../routing/index.ts'

/** What a try of a part asks for: the networks count by amount, so it is what their guard is asked about. */
export function partMinor(invoice: Invoice, percent: number): bigint {
  return askedMinor(owedMinor(invoice), { kind: 'percent', percent })
}
