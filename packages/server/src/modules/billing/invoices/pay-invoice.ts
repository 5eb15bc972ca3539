import { emptyChangeSet, toldOf, type ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Decline, PaymentAttempt } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { violatedConstraint, type Tx } from '../../../platform/db/index.ts'
import { given } from '../../../platform/wire/index.ts'
import {
  findGatewayAccount,
  findLatestAttempt,
  findMethodRoute,
  listDisabledGateways,
  listLivePayments,
} from '../../payments/index.ts'
import { findStopMessage } from '../../routing/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { forbidden, lockGuardedCards } from '../load/guarded-cards.ts'
import { lockInvoiceState, type InvoiceState } from '../load/lock-invoice-state.ts'
import { fixedTo, loadRoutingOf } from '../load/load-bill-routing.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { addPayment, checkPayable, findWay, refusalOf, subjectOf } from './plan-payment.ts'

export type PayInvoice = {
  readonly invoiceId: Uuid
  /** Null = the customer's default. */
  readonly paymentMethodId: Uuid | null
  /** Null = all that is owed. */
  readonly amountMinor: bigint | null
  /** Charged there and nowhere else, whatever the payment profile says; absent = where it leads. */
  readonly gatewayId?: Uuid | null
  /** The customer pays it just now; absent = the merchant charges alone. */
  readonly isCustomerPresent?: boolean
  /** Asked for by nobody: a schedule tries it. */
  readonly isScheduled?: boolean
}

export type PayRefusal =
  | 'invoice_not_found'
  | 'invoice_being_paid'
  | 'invoice_not_payable'
  | 'invoice_overpaid'
  | 'customer_deleted'
  | 'gateways_disabled'
  | 'payment_method_missing'
  | 'payment_method_not_found'
  | 'gateway_not_found'
  | 'gateway_not_chargeable'
  | 'forced_gateway_unavailable'
  | 'no_gateway_available'
  | 'attempt_forbidden'

/** What the charge came to: null = paid, or still on its way. */
export type PaidInvoice = { readonly decline: Decline | null }

/**
 * Charges an invoice now. The attempt is committed before the gateway is called, and its answer settled before
 * this returns; paying the invoice of a subscription that is behind recovers it. Refusals in the order of the union.
 */
export async function payInvoice(
  deps: BillingDeps,
  context: CommandContext,
  request: PayInvoice,
): Promise<Decision<PaidInvoice, PayRefusal>> {
  const begun = await beginPayment(deps, context, request)
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  await collect(deps, scopeOf(context), begun.value, { atOf: () => context.now })
  return accepted({ decline: await findLastDecline(context, request.invoiceId) })
}

/**
 * What the last charge of an invoice was refused with; null where it was not. A route may have gone on, and its payment
 * profile may have ended it in words of its own.
 */
export function findLastDecline(context: CommandContext, invoiceId: Uuid): Promise<Decline | null> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const settled = await findLatestAttempt(tx, accountId, invoiceId)
    if (settled?.state !== 'declined' || settled.decline === null) return null
    const told = await findStopMessage(tx, { accountId, invoiceId, after: settled.id })
    return told === null ? settled.decline : { ...settled.decline, message: told }
  })
}

/** The charge of `payInvoice`, committed as `sending`: to be sent by whoever asked. */
export async function beginPayment(
  deps: BillingDeps,
  context: CommandContext,
  request: PayInvoice,
): Promise<Decision<readonly PaymentAttempt[], PayRefusal>> {
  const scope = scopeOf(context)
  try {
    return await context.inTx(async (tx) => {
      const state = await lockInvoiceState(tx, scope, request.invoiceId)
      if (state === null) return refused('invoice_not_found')
      const planned = await planPayment(deps, context, { tx, state, request })
      if (planned.kind === 'refused') return planned
      const changes = planned.value
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      await context.remember(tx, 'invoice', request.invoiceId, { charges: true })
      return accepted(changes.newAttempts)
    })
  } catch (error) {
    // Two at the same moment: the index lets one of them through.
    if (violatedConstraint(error) === 'payment_attempts_one_live_per_invoice')
      return refused('invoice_being_paid')
    throw error
  }
}

/** The charge that a request comes to, to be written by the caller, who has locked `state`. */
export async function planPayment(
  deps: BillingDeps,
  context: CommandContext,
  asked: { readonly tx: Tx; readonly state: InvoiceState; readonly request: PayInvoice },
): Promise<Decision<ChangeSet, Exclude<PayRefusal, 'invoice_not_found'>>> {
  const { tx, state, request } = asked
  const { invoice } = state
  const { accountId, now } = context
  const checked = checkPayable(state, request.amountMinor, now)
  if (checked.kind === 'refused') return checked
  const taken = await listLivePayments(tx, accountId, [invoice.id])
  if (taken.has(invoice.id)) return refused('invoice_being_paid')
  if (state.isCustomerGone) return refused('customer_deleted')
  const { customerId } = invoice
  const { paymentMethodId, gatewayId = null, isCustomerPresent = false } = request
  const method = { customerId, paymentMethodId }
  const route = await findMethodRoute(tx, accountId, { ...method, gatewayId })
  if (route === null) {
    const isKnown =
      gatewayId === null || (await findGatewayAccount(tx, { accountId, id: gatewayId })) !== null
    if (!isKnown) return refused('gateway_not_found')
    const elsewhere = gatewayId === null ? null : await findMethodRoute(tx, accountId, method)
    if (elsewhere !== null) return refused('gateway_not_chargeable')
    if ((await listDisabledGateways(tx, accountId, method)).length > 0)
      return refused('gateways_disabled')
    return refused(paymentMethodId === null ? 'payment_method_missing' : 'payment_method_not_found')
  }
  const subjects = gatewayId === null ? [subjectOf(state, route)] : []
  const routings = await loadRoutingOf(tx, context, { subjects, at: now })
  const guarded = { routes: [route], at: now, isCustomerPresent }
  const cards = await lockGuardedCards(tx, accountId, guarded)
  const routing = fixedTo(route.paymentMethodId, routings.get(invoice.id))
  const amountMinor = checked.value
  const retryKind = request.isScheduled === true ? ('scheduled' as const) : undefined
  const payment = { state, route, routing, cards, amountMinor, isCustomerPresent, retryKind }
  const found = findWay(payment, now)
  if (found.kind === 'none') {
    if (found.denied !== undefined) return forbidden(found.denied)
    return refused(refusalOf(found.code), given('message', toldOf(found) ?? undefined))
  }
  const work = { at: now, tools: toolsOf(deps), changes: emptyChangeSet() }
  addPayment(payment, found, work)
  return accepted(work.changes)
}
