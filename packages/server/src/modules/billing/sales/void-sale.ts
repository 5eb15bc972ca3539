import { emptyChangeSet, voidSale as decideVoid } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { creditableMinor } from '@perennial/core/invoices'
import type { Refund } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { listInvoiceLines, lockInvoices, type StoredInvoice } from '../../invoices/index.ts'
import { findLiveAttempt } from '../../payments/index.ts'
import { findSale, type SaleWithLines } from '../../sales/index.ts'
import { listWithSuccessors, lockSubscriptions } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { cancelAllOf } from '../subscriptions/change-subscription.ts'
import { planRefunds, refundAbilitiesOf } from '../refunds/refund-bill.ts'
import { askForRefunds } from '../refunds/settle-refunds.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import type { VoidSaleRefusal } from './refusals.ts'

/**
 * Takes a sale back: everything that was paid for it is refunded, its subscriptions and trials end with whatever has
 * taken over from them, and what is still owed is owed no more (spec/revcent.md 10). Renewals that its subscriptions have paid meanwhile stay.
 */
export async function voidSale(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly mode: Refund['mode'] },
): Promise<Decision<readonly Uuid[], VoidSaleRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  const seen = await context.inTx((tx) => findSale(tx, accountId, request.id))
  if (seen === null) return refused('sale_not_found')
  const abilities = await refundAbilitiesOf(deps, context, seen.sale.invoiceId)
  const done = await context.inTx<Decision<readonly Refund[], VoidSaleRefusal>>(async (tx) => {
    const locked = await lockSale(tx, context, seen)
    const { sold, invoice } = locked
    if (await findLiveAttempt(tx, accountId, invoice.id)) return refused('sale_being_paid')
    if (sold.sale.status === 'voided') return refused('sale_already_voided')
    const work = { at: now, tools: toolsOf(deps), changes: emptyChangeSet() }
    let refunds: readonly Refund[] = []
    if (invoice.paidMinor > 0n && creditableMinor(invoice) > 0n) {
      const { mode } = request
      const why = { amountMinor: null, reason: null, reasonDetails: null, creditNoteId: null }
      const planned = await planRefunds(
        deps,
        { tx, context, invoice, abilities },
        { ...why, mode, isSpread: true },
      )
      // What a bank has taken back already is not refunded as well.
      if (planned.kind === 'refused' && planned.code !== 'payment_taken_back') return planned
      if (planned.kind === 'accepted') {
        work.changes = planned.value.changes
        refunds = planned.value.refunds
      }
    }
    decideVoid(sold, { invoice, lines: await listInvoiceLines(tx, accountId, [invoice.id]) }, work)
    const { subscriptionIds } = locked
    await cancelAllOf(deps, context, { tx, subscriptionIds, reason: 'sale_voided' })
    const { nextId } = work.tools
    await applyChanges(tx, scope, { changes: work.changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'sale', request.id)
    return accepted(refunds)
  })
  if (done.kind === 'refused') return done
  await deps.onStep?.('applied')
  await askForRefunds(deps, scope, done.value, now)
  return accepted(done.value.map(({ id }) => id))
}

type LockedSale = {
  readonly sold: SaleWithLines
  readonly invoice: StoredInvoice
  readonly subscriptionIds: readonly Uuid[]
}

/** Customer, subscriptions, invoice, in the order of every command. With the invoice the sale stands still. */
async function lockSale(
  tx: Tx,
  { accountId }: CommandContext,
  { sale, lines }: SaleWithLines,
): Promise<LockedSale> {
  await lockCustomerShared(tx, { accountId, id: sale.customerId })
  await lockSubscriptions(tx, accountId, await begunBy(tx, accountId, lines))
  const [invoice] = await lockInvoices(tx, accountId, [sale.invoiceId])
  const sold = await findSale(tx, accountId, sale.id)
  assert(invoice !== undefined && sold !== null, 'a sale stays, and so does its invoice')
  // Those that an answer has begun just now are locked by whoever cancels them.
  return { sold, invoice, subscriptionIds: await begunBy(tx, accountId, sold.lines) }
}

function begunBy(tx: Tx, accountId: Uuid, lines: SaleWithLines['lines']): Promise<Uuid[]> {
  const ids = lines.flatMap(({ subscriptionId }) => subscriptionId ?? [])
  return listWithSuccessors(tx, accountId, ids)
}
