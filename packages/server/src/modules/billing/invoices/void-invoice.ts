import {
  concludeSale,
  emptyChangeSet,
  invoiceFact,
  isBehind,
  returnCredit,
  subscriptionFact,
  viewOf,
  writeOff,
  type Work,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  isOpen,
  type Invoice,
  voidInvoice as decideVoid,
  voidTransfers,
} from '@perennial/core/invoices'
import { closeCase } from '@perennial/core/recovery'
import { decideMove, touched } from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { updateInvoiceDetails } from '../../invoices/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { lockInvoiceState, type InvoiceState } from './lock-invoice-state.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

export type VoidRefusal =
  | 'invoice_not_found'
  | 'invoice_being_paid'
  | 'invoice_already_void'
  | 'invoice_has_payment'
  | 'invoice_written_off'

/**
 * Cancels an invoice that nobody has paid, a draft too. Nothing is collected for it any more, so a subscription that was behind
 * with this invoice alone is active again. Refusals are checked in the order of the union.
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
      returnCredit(state.invoice, { at: now, tools: toolsOf(deps), changes })
      changes.transfers.push(...voidTransfers(invoice, now, nextId))
    }
    changes.facts.push(invoiceFact('voided', { invoice, lines: state.lines }, now))
    endCollection(state, invoice, { at: now, tools: toolsOf(deps), changes })
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
    endCollection(state, writeOff(state, work), work)
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
    await context.remember(tx, 'invoice', id)
    return accepted(id)
  })
}

/** The invoice's renewal, its recovery case and, if nothing else is behind, its subscription; or its sale. */
function endCollection(state: InvoiceState, ended: Invoice, work: Work): void {
  const { at, changes } = work
  const { billed, renewal, invoice, lines, sold } = state
  if (sold !== undefined) concludeSale(sold, { invoice: ended, lines, declineCode: null }, work)
  if (renewal !== null) changes.changedRenewals.push({ id: renewal.id, status: 'void' })
  if (billed === null) return
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  // With a profile a bill that recovery has given up still holds its subscription back.
  if (own === undefined && billed.subscription.profile === null) return
  if (own !== undefined) changes.changedCases.push(closeCase(own, 'canceled', at))
  const isLast = !isBehind(billed, invoice.id)
  const { status } = billed.subscription
  const move = isLast && status === 'past_due' ? decideMove(status, 'recover') : null
  if (move?.kind !== 'moved') return
  const after = touched({ ...billed.subscription, status: move.to }, at)
  changes.changedSubscriptions.push(after)
  changes.facts.push(subscriptionFact('updated', viewOf(billed, after), at, { status }))
}
