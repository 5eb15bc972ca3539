import { assert } from '@perennial/core/fault'
import type { ChargeRoute } from '@perennial/core/payments'
import type { BillRouting } from '@perennial/core/routing'
import { maxInstant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { listLivePayments, listNamedRoutes } from '../../payments/index.ts'
import { findMandates, lockCollections } from '../../payments/mandates/index.ts'
import { listInvoicesWithClosedCase } from '../../recovery/index.ts'
import { subjectOf } from '../invoices/plan-payment.ts'
import { fixedTo, loadRoutingOf } from '../load/load-bill-routing.ts'
import { lockInvoiceStates, type InvoiceState } from '../load/lock-invoice-state.ts'
import type { BillingScope } from '../scope.ts'
import type { DueDebit } from './move-debits.ts'

/** A debit that is to be handed in, and its bill. */
export type DebitState = {
  readonly debit: DueDebit
  readonly bill: InvoiceState
  /** Nobody knows what becomes of another charge of the bill. */
  readonly isBeingPaid: boolean
  /** The bill's recovery case has been closed. */
  readonly isRecoveryOver: boolean
  /** Null when the mandate's method cannot be charged. */
  readonly route: ChargeRoute | null
  readonly routing: BillRouting | undefined
}

/**
 * Debits with everything that is decided about them, a set at a time; they and their bills are locked. Those that another
 * worker has moved on meanwhile are absent. One book for the routing of all, so that each sees the charges of those before it.
 */
export async function loadDebits(
  tx: Tx,
  scope: BillingScope,
  seen: readonly DueDebit[],
): Promise<readonly DebitState[]> {
  const { accountId } = scope
  const seenIds = seen.map(({ row }) => row.invoice_id)
  const bills = await lockInvoiceStates(tx, scope, seenIds)
  const debits = await lockStanding(tx, scope, seen)
  const [first] = debits
  if (first === undefined) return []
  const invoiceIds = debits.map(({ row }) => row.invoice_id)
  const [live, closed, routes] = await Promise.all([
    listLivePayments(tx, accountId, invoiceIds),
    listInvoicesWithClosedCase(tx, accountId, invoiceIds),
    listNamedRoutes(tx, accountId, debits.map(({ mandate }) => mandate)), // prettier-ignore
  ])
  const billed = debits.map((debit) => {
    const bill = bills.get(debit.row.invoice_id)
    assert(bill !== undefined, 'a debit is of an invoice')
    return { debit, bill, route: routes.get(debit.mandate.paymentMethodId) ?? null }
  })
  const subjects = billed.flatMap(({ bill, route }) =>
    route === null ? [] : subjectOf(bill, route),
  )
  const at = maxInstant(first.at, ...debits.map((debit) => debit.at))
  const routings = await loadRoutingOf(tx, scope, { subjects, at })
  return billed.map((one) => {
    const { id } = one.bill.invoice
    return {
      ...one,
      isBeingPaid: live.has(id),
      isRecoveryOver: closed.has(id),
      routing: fixedTo(one.debit.mandate.paymentMethodId, routings.get(id)),
    }
  })
}

/** Those that stand as they were seen, locked, with their mandates as they are now. */
async function lockStanding(
  tx: Tx,
  { accountId }: BillingScope,
  seen: readonly DueDebit[],
): Promise<readonly DueDebit[]> {
  const locked = await lockCollections(tx, accountId, seen.map(({ row }) => row.id)) // prettier-ignore
  const lockedOf = new Map(locked.map((row) => [row.id, row]))
  const mandateIds = new Set(locked.map((row) => row.mandate_id))
  const mandates = await findMandates(tx, accountId, [...mandateIds])
  const mandateOf = new Map(mandates.map((mandate) => [mandate.id, mandate]))
  return seen.flatMap(({ row: { id, status, due_at: dueAt }, at }) => {
    const row = lockedOf.get(id)
    if (row?.status !== status || row.due_at !== dueAt) return []
    const mandate = mandateOf.get(row.mandate_id)
    assert(mandate !== undefined, 'a collection belongs to a mandate')
    return [{ row, mandate, at }]
  })
}
