import type { Uuid } from '@perennial/core/ids'
import type { OutsideDue } from '@perennial/core/recovery'
import { MS_PER_DAY, MS_PER_HOUR } from '@perennial/core/time'
import { storedCurrency } from '../../invoices/index.ts'
import type { Connector, PlatformBill } from './connector.ts'
import type { AskedBill } from './queries/bills.ts'
import type { Reached } from './reach-platform.ts'

/** `over`: nothing is to be collected for it any more; `busy`: a payment of it is on its way. */
export type BillNow =
  | { readonly kind: 'due'; readonly due: OutsideDue }
  | { readonly kind: 'busy' }
  | { readonly kind: 'over'; readonly reason: string }

/** `silent`: its platform does not answer. */
export type BillHeard = BillNow | { readonly kind: 'silent' }

/** When a bill that cannot be charged now is asked for again, and why not now. */
export const LATER = {
  busy: {
    afterMs: MS_PER_DAY,
    reason: 'A payment of the bill is on its way where it lives.',
  },
  silent: {
    afterMs: MS_PER_HOUR,
    reason: 'The billing platform could not be asked whether the bill is still open.',
  },
} as const

/** Bills that may be charged now, by their recoveries. */
export type DueByRecovery = ReadonlyMap<Uuid, OutsideDue>

/** What a bill is where it lives now. Throws where its platform is silent. */
export async function askBill({ connector, reach }: Reached, row: AskedBill): Promise<BillNow> {
  const currency = storedCurrency(row.currency)
  const bill = await connector.readBill(reach, { invoiceId: row.invoice_id, currency })
  if (bill === null) return { kind: 'over', reason: 'The bill is gone where it lives.' }
  if (bill.state === 'busy') return { kind: 'busy' }
  if (bill.state !== 'open')
    return { kind: 'over', reason: `The bill is ${bill.state} where it lives.` }
  if (bill.currency !== currency)
    return { kind: 'over', reason: 'The bill is in another currency where it lives.' }
  const reason = 'Nothing is due any more on the bill where it lives.'
  return bill.dueMinor > 0n
    ? { kind: 'due', due: dueOf(connector, bill) }
    : { kind: 'over', reason }
}

function dueOf(connector: Connector, { dueMinor }: PlatformBill): OutsideDue {
  const isTakenWhole = connector.collects === 'there' && connector.takes === 'due'
  return { dueMinor, isTakenWhole }
}
