import { owedMinor, type Invoice } from '../../invoices/index.ts'
import { openCase, type RecoveryCase, type RecoveryPolicy } from '../../recovery/index.ts'
import type { Work } from '../state/state.ts'

/** A case for all that is owed on a bill whose first collection failed. */
export function openBillCase(
  invoice: Invoice,
  failed: {
    readonly subscriptionId: RecoveryCase['subscriptionId']
    readonly declineCode: string
    readonly policy: RecoveryPolicy
  },
  { at, tools }: Pick<Work, 'at' | 'tools'>,
): RecoveryCase {
  const { subscriptionId, declineCode, policy } = failed
  const given = {
    id: tools.nextId(),
    invoiceId: invoice.id,
    subscriptionId,
    customerId: invoice.customerId,
    amountMinor: owedMinor(invoice),
    currency: invoice.currency,
  }
  return openCase(given, declineCode, policy, at)
}
