import type { Uuid } from '../../ids/index.ts'
import type { SubscriptionState } from '../state/state.ts'

/**
 * Whether a bill is still to be collected besides `exceptInvoiceId`: one is in recovery or, with a profile, overdue
 * after recovery has given up.
 */
export function isBehind(
  { openCases, overdueInvoiceIds = [] }: Pick<SubscriptionState, 'openCases' | 'overdueInvoiceIds'>,
  exceptInvoiceId: Uuid | null,
): boolean {
  return (
    openCases.some((open) => open.invoiceId !== exceptInvoiceId) ||
    overdueInvoiceIds.some((id) => id !== exceptInvoiceId)
  )
}
