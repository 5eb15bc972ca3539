import type { Uuid } from '@perennial/core/ids'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type CaseRow = Selectable<DB['recovery_cases']>

export function toCase(row: CaseRow): RecoveryCase {
  return {
    id: row.id,
    invoiceId: row.invoice_id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    state: row.state,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    retriesMade: row.retries_made,
    nextAttemptAt: row.next_attempt_at,
    firstDeclineCode: row.first_decline_code ?? 'generic_decline',
    lastDeclineCode: row.last_decline_code ?? 'generic_decline',
    openedAt: row.opened_at,
    closedAt: row.closed_at,
  }
}

export function toCaseUpdate(accountId: Uuid, recovery: RecoveryCase) {
  return {
    account_id: accountId,
    id: recovery.id,
    state: recovery.state,
    retries_made: recovery.retriesMade,
    next_attempt_at: recovery.nextAttemptAt,
    last_decline_code: recovery.lastDeclineCode,
    closed_at: recovery.closedAt,
  }
}

export function toCaseRow(accountId: Uuid, recovery: RecoveryCase) {
  return {
    ...toCaseUpdate(accountId, recovery),
    invoice_id: recovery.invoiceId,
    subscription_id: recovery.subscriptionId,
    customer_id: recovery.customerId,
    amount_minor: recovery.amountMinor,
    currency: recovery.currency,
    first_decline_code: recovery.firstDeclineCode,
    opened_at: recovery.openedAt,
  }
}
