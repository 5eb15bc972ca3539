import type { Uuid } from '@perennial/core/ids'
import { reverseAll } from '@perennial/core/ledger'
import { saleAtGateway, SET_ASIDE } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { insertTransfers, listTransfers } from '../../ledger/index.ts'
import {
  acceptDifference as writeAccepted,
  findDifference,
  lockLine,
  matchLine,
  type DifferenceRow,
  type Line,
} from '../../payments/reconciliation/index.ts'
import { bookSale } from '../invoices/book-sale.ts'
import { lockInvoiceState } from '../load/lock-invoice-state.ts'
import { checkPayable } from '../invoices/plan-payment.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'

export type AcceptDifference = {
  readonly id: Uuid
  readonly invoiceId: Uuid
  readonly note: string
}

export type AcceptDifferenceRefusal =
  | 'difference_not_found'
  | 'invoice_not_found'
  | 'difference_not_acceptable'
  | 'currency_differs'
  | 'invoice_being_paid'
  | 'invoice_not_payable'
  | 'invoice_overpaid'

/**
 * A person says which invoice was paid by a charge that was made at the gateway alone: it becomes a payment of that invoice, by which
 * its refunds and disputes find it. What was set aside for it is taken back. One that is accepted already stays as it is. Refusals are
 * checked in the order of the union.
 */
export function acceptDifference(
  deps: BillingDeps,
  context: CommandContext,
  { id, invoiceId, note }: AcceptDifference,
): Promise<Decision<DifferenceRow, AcceptDifferenceRefusal>> {
  const { accountId, now: at } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const found = await findDifference(tx, accountId, id)
    if (found === null) return refused('difference_not_found')
    const state = await lockInvoiceState(tx, scope, invoiceId)
    if (state === null) return refused('invoice_not_found')
    const { invoice } = state
    const line = await lockLine(tx, { accountId, id: found.subject_id })
    const current = (await findDifference(tx, accountId, id)) ?? found
    if (current.kind === 'missing_here' && current.transaction_id !== null) return accepted(current)
    if (!isAcceptable(current, line)) return refused('difference_not_acceptable')
    if (line.currency !== invoice.currency) return refused('currency_differs')
    const checked = checkPayable(state, line.amountMinor, at)
    if (checked.kind === 'refused') return checked

    const { gatewayId, chargeReference: gatewayReference, at: chargedAt } = line
    const charge = { id: deps.ids.next(), gatewayId, gatewayReference, chargedAt }
    const sale = saleAtGateway(charge, { invoice, amountMinor: line.amountMinor })
    await bookSale(deps, { tx, scope }, { state, sale, at })
    if (line.isSetAside) await takeBack(deps, context, { tx, line })
    await matchLine(tx, { accountId, id: line.id, saleId: sale.id })
    await writeAccepted(tx, { accountId, id, transactionId: sale.id, note, at })
    return accepted((await findDifference(tx, accountId, id)) ?? current)
  })
}

/** A charge that nothing of ours stands behind, and that is not taken for settled unless it waits in suspense. */
function isAcceptable(
  { kind, state }: DifferenceRow,
  line: Line | null,
): line is Line & { readonly chargeReference: string } {
  const isUnknown = line?.kind === 'charge' && line.chargeReference !== null && !line.isMatched
  return kind === 'missing_here' && isUnknown && (state === 'open' || line.isSetAside)
}

/** What was booked to suspense for a line, reversed. */
async function takeBack(
  deps: Pick<BillingDeps, 'ids'>,
  { accountId, now: at }: Pick<CommandContext, 'accountId' | 'now'>,
  { tx, line }: { readonly tx: Tx; readonly line: Line },
): Promise<void> {
  const posted = await listTransfers(tx, { accountId, kind: SET_ASIDE, id: line.id })
  const nextId = () => deps.ids.next()
  const reversed = reverseAll(posted, { at, nextId, sourceKind: `${SET_ASIDE}_undone`, sourceId: line.id }) // prettier-ignore
  await insertTransfers(tx, accountId, reversed)
}
