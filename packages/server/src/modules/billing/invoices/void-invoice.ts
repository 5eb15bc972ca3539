import {
  afterBillEnded,
  bookVoid,
  concludeSaleOf,
  emptyChangeSet,
  invoiceFact,
  returnCredit,
  subscriptionFact,
  viewOf,
  writeOff,
  type Work,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { isOpen, voidInvoice as decideVoid } from '@perennial/core/invoices'
import { closeCase } from '@perennial/core/recovery'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listOpenInvoiceIds, updateInvoiceDetails } from '../../invoices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { lockInvoiceState, type InvoiceState } from '../load/lock-invoice-state.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

export type VoidRefusal =
  | 'invoice_not_found'
  | 'invoice_being_paid'
  | 'invoice_already_void'
  | 'invoice_has_payment'
  | 'invoice_written_off'

/**
 * Cancels an invoice that nobody has paid, a draft too. Nothing is collected for it any more, so a subscription that was behind
 * with this invoice alone, or unpaid because of it, is active again. Refusals are checked in the order of the union.
 */
export async function voidInvoice(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly reason: string | null },
): Promise<Decision<Uuid, VoidRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scope, request.id)
    if (state === null) return refused('invoice_not_found')
    if (state.liveAttempt !== null) return refused('invoice_being_paid')
    const decision = decideVoid(state.invoice, now)
    if (decision.kind === 'refused') {
      const { code } = decision
      const isOther = code !== 'invoice_already_void' && code !== 'invoice_has_payment'
      return refused(isOther ? 'invoice_written_off' : code)
    }

    const { invoice } = decision
    const { nextId } = toolsOf(deps)
    const changes = emptyChangeSet()
    changes.changedInvoices.push(invoice)
    // A draft was never posted.
    if (isOpen(state.invoice.status)) {
      const work = { at: now, tools: toolsOf(deps), changes }
      returnCredit(state.invoice, work)
      bookVoid(invoice, work)
    }
    changes.facts.push(invoiceFact('voided', { invoice, lines: state.lines }, now))
    const open = await withOpenBills(tx, accountId, state)
    endCollection(open, { at: now, tools: toolsOf(deps), changes })
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    if (request.reason !== null) {
      const metadata = { ...state.invoice.metadata, void_reason: request.reason }
      await updateInvoiceDetails(tx, accountId, { ...state.invoice, metadata })
    }
    await context.remember(tx, 'invoice', request.id)
    return accepted(request.id)
  })
}

export type WriteOffRefusal = 'invoice_not_found' | 'invoice_being_paid' | 'invoice_not_payable'

/** Gives an invoice up as a loss; late money still settles it. */
export async function writeOffInvoice(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, WriteOffRefusal>> {
  const { now } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scope, id)
    if (state === null) return refused('invoice_not_found')
    if (state.liveAttempt !== null) return refused('invoice_being_paid')
    if (!isOpen(state.invoice.status)) return refused('invoice_not_payable')
    const tools = toolsOf(deps)
    const changes = emptyChangeSet()
    const work = { at: now, tools, changes }
    const open = await withOpenBills(tx, context.accountId, state)
    writeOff(state, work)
    endCollection(open, work)
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
    await context.remember(tx, 'invoice', id)
    return accepted(id)
  })
}

/** The invoice's renewal, its recovery case and, if nothing else is behind, its subscription; or its sale. */
function endCollection(state: InvoiceState, work: Work): void {
  const { at, changes } = work
  const { billed, renewal, invoice } = state
  concludeSaleOf(state, null, work)
  if (renewal !== null) changes.changedRenewals.push({ id: renewal.id, status: 'void' })
  if (billed === null) return
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  if (own !== undefined) changes.changedCases.push(closeCase(own, 'canceled', at))
  const { subscription: before } = billed
  // Behind without a case of its own is one that recovery has given up, or whose profile counts what is overdue.
  if (own === undefined && before.status !== 'unpaid' && before.profile === null) return
  const after = afterBillEnded(billed, invoice.id, at)
  if (after === before) return
  changes.changedSubscriptions.push(after)
  const { status } = before
  changes.facts.push(subscriptionFact('updated', viewOf(billed, after), at, { status }))
}

/** One that is unpaid waits for every bill of its own that is open. */
async function withOpenBills(tx: Tx, accountId: Uuid, state: InvoiceState): Promise<InvoiceState> {
  const { billed } = state
  if (billed?.subscription.status !== 'unpaid') return state
  const { id } = billed.subscription
  const overdueInvoiceIds = await listOpenInvoiceIds(tx, accountId, id)
  return { ...state, billed: { ...billed, overdueInvoiceIds } }
}
