import type { BilledState, BillingTools, ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listInvoicesWithClosedCase } from '../../recovery/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { lockInvoiceState } from '../load/lock-invoice-state.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

/** The bill of a debit that is not made is left as `decide` says. */
export async function leaveBill(
  deps: BillingDeps,
  context: CommandContext,
  { tx, invoiceId }: { readonly tx: Tx; readonly invoiceId: Uuid },
  decide: (state: BilledState, tools: BillingTools) => ChangeSet | null,
): Promise<void> {
  const scope = scopeOf(context)
  const state = await lockInvoiceState(tx, scope, invoiceId)
  // Another charge of it is under way: what that comes to decides.
  if (state === null || state.liveAttempt !== null) return
  const closed = await listInvoicesWithClosedCase(tx, context.accountId, [invoiceId])
  const tools = toolsOf(deps)
  const changes = decide({ ...state, isRecoveryOver: closed.has(invoiceId) }, tools)
  if (changes === null) return
  const { nextId } = tools
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
}
