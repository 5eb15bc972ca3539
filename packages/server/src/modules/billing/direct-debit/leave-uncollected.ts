import { decideUncollected } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listInvoicesWithClosedCase } from '../../recovery/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { lockInvoiceState } from '../lock-invoice-state.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

/** The bill of a debit that cannot be made has failed to collect: its recovery begins, or goes on. */
export async function leaveUncollected(
  deps: BillingDeps,
  context: CommandContext,
  bill: { readonly tx: Tx; readonly invoiceId: Uuid; readonly code: string },
): Promise<void> {
  const { tx, invoiceId, code } = bill
  const { accountId, now } = context
  const scope = scopeOf(context)
  const state = await lockInvoiceState(tx, scope, invoiceId)
  // Another charge of it is under way: what that comes to decides.
  if (state === null || state.liveAttempt !== null) return
  const closed = await listInvoicesWithClosedCase(tx, accountId, [invoiceId])
  const tools = toolsOf(deps)
  const billed = { ...state, isRecoveryOver: closed.has(invoiceId) }
  const changes = decideUncollected(billed, code, now, tools)
  if (changes === null) return
  const { nextId } = tools
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
}
