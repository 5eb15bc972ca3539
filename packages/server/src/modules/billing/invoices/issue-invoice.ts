import {
  askForKept,
  emptyChangeSet,
  followPaid,
  invoiceFact,
  payWithCredit,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  finalizeInvoice as decideFinalize,
  issueTransfers,
  payInvoice as decidePayment,
  sendInvoice as decideSend,
  type Invoice,
} from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockBalances } from '../../invoices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { loadStates } from '../load/load-states.ts'
import { lockInvoiceState, type InvoiceState } from '../load/lock-invoice-state.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

export type FinalizeRefusal = 'invoice_not_found' | 'invoice_not_draft' | 'invoice_empty'

type FinalizeInvoice = { readonly id: Uuid; readonly isApproved: boolean }

/**
 * Takes an invoice out of draft: number, public token, postings. What its customer holds as credit pays it first; one
 * that asks for nothing more is paid at once, and one that a pause of its subscription has kept is charged.
 */
export async function finalizeInvoice(
  deps: BillingDeps,
  context: CommandContext,
  request: FinalizeInvoice,
): Promise<Decision<Uuid, FinalizeRefusal>> {
  const begun = await beginFinalize(deps, context, request)
  if (begun.kind === 'refused') return begun
  await chargeFinalized(deps, context, begun.value)
  return accepted(request.id)
}

/** Everything of it but the charge: what `chargeFinalized` is to send once this is committed. */
export async function beginFinalize(
  deps: BillingDeps,
  context: CommandContext,
  request: FinalizeInvoice,
): Promise<Decision<readonly PaymentAttempt[], FinalizeRefusal>> {
  const { now } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scope, request.id)
    if (state === null) return refused('invoice_not_found')
    const { invoice: draft, lines } = state
    const tools = toolsOf(deps)
    const wish = { publicToken: tools.nextToken(), isApproved: request.isApproved }
    const decision = decideFinalize(draft, { ...wish, hasLines: lines.length > 0 }, now)
    if (decision.kind === 'refused') {
      return refused(decision.code === 'invoice_empty' ? 'invoice_empty' : 'invoice_not_draft')
    }
    const changes = emptyChangeSet()
    const balances = await lockBalances(tx, context.accountId, [draft.customerId])
    const balance = balances.find(({ currency }) => currency === draft.currency)
    const work = { at: now, tools, changes }
    const credited = payWithCredit(decision.invoice, balance?.balanceMinor ?? 0n, work)
    const invoice = settleNothing(credited, now)
    changes.changedInvoices.push(invoice)
    changes.transfers.push(...issueTransfers(invoice, now, tools.nextId))
    changes.facts.push(invoiceFact('finalized', { invoice, lines }, now))
    if (invoice.status === 'paid') {
      followPaid({ invoice, lines, subscription: state.billed?.subscription ?? null }, work)
      changes.facts.push(invoiceFact('paid', { invoice, lines }, now))
    } else {
      const billed = await loadCharged(tx, scope, { state, at: now })
      askForKept({ ...state, invoice, billed }, work)
    }
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
    await context.remember(tx, 'invoice', request.id)
    return accepted(changes.newAttempts)
  })
}

/** Sends what `beginFinalize` has written, and settles the answers. */
export async function chargeFinalized(
  deps: BillingDeps,
  context: CommandContext,
  attempts: readonly PaymentAttempt[],
): Promise<void> {
  if (attempts.length > 0) await deps.onStep?.('applied')
  await collect(deps, scopeOf(context), attempts, { atOf: () => context.now })
}

/** Its subscription with all that a charge is decided by; null for an invoice without one. */
async function loadCharged(
  tx: Tx,
  scope: BillingScope,
  of: { readonly state: InvoiceState; readonly at: Instant },
): Promise<InvoiceState['billed']> {
  const { billed } = of.state
  if (billed === null) return null
  const states = await loadStates(tx, scope, [billed.subscription], { withRoutes: true, at: of.at })
  return states[0] ?? null
}

function settleNothing(invoice: Invoice, at: Instant): Invoice {
  if (invoice.totalMinor > 0n) return invoice
  const paid = decidePayment(invoice, 0n, at)
  assert(paid.kind === 'accepted', 'an invoice that was just issued can be paid')
  return paid.invoice
}

export type SendRefusal = 'invoice_not_found' | 'invoice_not_sendable' | 'customer_unreachable'

/** Mails an issued invoice to its customer, as often as is asked. The due date counts from the first time. */
export async function sendInvoice(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, SendRefusal>> {
  const { account, now } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scope, id)
    if (state === null) return refused('invoice_not_found')
    const due = { days: account.settings.defaultDueDays, zone: account.timezone }
    const decision = decideSend(state.invoice, due, now)
    if (decision.kind === 'refused') return refused('invoice_not_sendable')
    if (state.isCustomerGone) return refused('customer_unreachable')
    const { invoice } = decision
    const changes = emptyChangeSet()
    changes.changedInvoices.push(invoice)
    changes.mailedInvoices.push(invoice)
    const number = state.invoice.sentAt === null ? 0n : BigInt(invoice.version)
    changes.facts.push(invoiceFact('sent', { invoice, lines: state.lines }, now, number))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'invoice', id)
    return accepted(id)
  })
}
