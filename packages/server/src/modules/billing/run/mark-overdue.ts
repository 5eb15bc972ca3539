import { emptyChangeSet, invoiceFact } from '@perennial/core/billing'
import { markOverdue } from '@perennial/core/invoices'
import { claimOverdueInvoices, listInvoiceLines } from '../../invoices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'

/** Sent invoices whose due date has passed become overdue; returns how many there were. */
export async function markOverdueBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  return deps.database.tx(async (tx) => {
    const due = await claimOverdueInvoices(tx, scope.accountId, window.until, deps.batchSize)
    const lines = Map.groupBy(
      await listInvoiceLines(
        tx,
        scope.accountId,
        due.map((invoice) => invoice.id),
      ),
      (line) => line.invoiceId,
    )
    const changes = emptyChangeSet()
    for (const invoice of due) {
      const at = decidedAt(window, invoice.dueAt)
      const decision = markOverdue(invoice, at)
      if (decision.kind === 'refused') continue
      changes.changedInvoices.push(decision.invoice)
      changes.facts.push(
        invoiceFact(
          'overdue',
          { invoice: decision.invoice, lines: lines.get(invoice.id) ?? [] },
          at,
        ),
      )
    }
    await applyChanges(tx, scope, {
      changes,
      leaseUntil: leaseEnd(deps),
      nextId: () => deps.ids.next(),
    })
    return due.length
  })
}
