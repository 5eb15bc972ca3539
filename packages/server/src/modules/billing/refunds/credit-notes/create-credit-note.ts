import {
  addChanges,
  concludeNoteNow,
  decideCreditNote,
  type ChangeSet,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CreditNote, CreditNoteRefusal, CreditNoteWish } from '@perennial/core/invoices'
import type { Refund } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../../platform/command/index.ts'
import { violatedConstraint } from '../../../../platform/db/index.ts'
import { lockCustomerShared } from '../../../customers/index.ts'
import {
  findInvoice,
  isCreditNoteKeyUsed,
  listInvoiceLines,
  lockInvoices,
} from '../../../invoices/index.ts'
import { listLiveVoids, lockSalesOfInvoice, sumHeldByDisputes } from '../../../payments/index.ts'
import { applyChanges } from '../../apply/apply-changes.ts'
import { lockSubscriptions } from '../../../subscriptions/index.ts'
import { cancelWith } from '../../subscriptions/change-subscription.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../../scope.ts'
import {
  planRefunds,
  refundAbilitiesOf,
  type RefundStage,
  type RefundsRefusal,
} from '../refund-bill.ts'
import { sumGivenBack } from '../queries.ts'
import { askForRefunds } from '../settle-refunds.ts'

export type CreateCreditNote = Omit<CreditNoteWish, 'id'> & {
  readonly invoiceId: Uuid
  /** More than one payment may be refunded for it. */
  readonly isAutoRouted: boolean
}

export type CreateNoteRefusal =
  | 'invoice_not_found'
  | 'idempotency_key_used'
  | CreditNoteRefusal
  | RefundsRefusal

export type WrittenNote = { readonly id: Uuid; readonly refundIds: readonly Uuid[] }

/**
 * Credits what was paid on an invoice: by refund, to the customer's balance, or as recorded outside. Refunds are
 * committed before any gateway is asked; the note is issued, and its subscription canceled, when they have ended. Refusals in the order of the union.
 */
export async function createCreditNote(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateCreditNote,
): Promise<Decision<WrittenNote, CreateNoteRefusal>> {
  const begun = await write(deps, context, request)
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  const { note, refunds } = begun.value
  await askForRefunds(deps, scopeOf(context), refunds, context.now)
  return accepted({ id: note.id, refundIds: refunds.map(({ id }) => id) })
}

type Written = { readonly note: CreditNote; readonly refunds: readonly Refund[] }

async function write(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateCreditNote,
): Promise<Decision<Written, CreateNoteRefusal>> {
  const { accountId } = context
  const { invoiceId, idempotencyKey } = request
  const abilities = await refundAbilitiesOf(deps, context, invoiceId)
  try {
    return await context.inTx(async (tx) => {
      const seen = await findInvoice(tx, accountId, invoiceId)
      if (seen === null) return refused('invoice_not_found')
      await lockCustomerShared(tx, { accountId, id: seen.customerId })
      const canceledId = request.cancelsSubscription ? seen.subscriptionId : null
      // Before its invoices, as every batch locks them.
      if (canceledId !== null) await lockSubscriptions(tx, accountId, [canceledId])
      const [invoice] = await lockInvoices(tx, accountId, [invoiceId])
      if (invoice === undefined) return refused('invoice_not_found')
      if (idempotencyKey !== null && (await isCreditNoteKeyUsed(tx, accountId, idempotencyKey)))
        return refused('idempotency_key_used')
      const planned = await plan(deps, { tx, context, invoice, abilities }, request)
      if (planned.kind === 'refused') return planned
      const { changes, note, refunds } = planned.value
      const { nextId } = toolsOf(deps)
      await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
      if (canceledId !== null && note.status === 'issued')
        await cancelWith(deps, context, { tx, id: canceledId, reason: 'credit_note' })
      await context.remember(tx, 'credit_note', note.id)
      return accepted({ note, refunds })
    })
  } catch (error) {
    if (violatedConstraint(error) === 'credit_notes_key_unique')
      return refused('idempotency_key_used')
    throw error
  }
}

async function plan(
  deps: BillingDeps,
  stage: RefundStage,
  request: CreateCreditNote,
): Promise<
  Decision<
    { readonly note: CreditNote; readonly refunds: readonly Refund[]; readonly changes: ChangeSet },
    Exclude<CreateNoteRefusal, 'invoice_not_found' | 'idempotency_key_used'>
  >
> {
  const { tx, context, invoice } = stage
  const { now } = context
  const tools = toolsOf(deps)
  const [lines, givenBack, heldMinor] = await Promise.all([
    listInvoiceLines(tx, context.accountId, [invoice.id]),
    sumGivenBack(tx, context.accountId, invoice.id),
    sumHeldByDisputes(tx, context.accountId, invoice.id),
  ])
  const wish = { ...wishOf(request), id: tools.nextId() }
  const taxBackMinor = givenBack.refundedTaxMinor + givenBack.notedTaxMinor
  const decided = decideCreditNote({ invoice, lines, taxBackMinor, heldMinor }, wish, now, tools)
  if (decided.kind === 'refused') return refused(decided.code)
  const { note, changes } = decided
  if (note.creditMethod !== 'refund_to_payment_method') {
    if (await isBeingVoided(stage)) return refused('payment_being_voided')
    return accepted({ note, refunds: [], changes })
  }
  const known = { ...stage, givenBack: note.taxAmountMinor === null ? givenBack : null }
  const planned = await planRefunds(deps, known, {
    amountMinor: note.amountMinor,
    mode: 'at_once',
    reason: null,
    reasonDetails: request.reason,
    creditNoteId: note.id,
    isSpread: request.isAutoRouted,
  })
  if (planned.kind === 'refused') return planned
  const { refunds } = planned.value
  addChanges(changes, planned.value.changes)
  const concluded = concludeNoteNow(note, refunds, { at: now, tools, changes })
  changes.newCreditNotes.splice(0, 1, concluded)
  return accepted({ note: concluded, refunds, changes })
}

/** Of a payment that is being called off nothing is left to credit, once that has succeeded. */
async function isBeingVoided({ tx, context, invoice }: RefundStage): Promise<boolean> {
  const { accountId } = context
  const sales = await lockSalesOfInvoice(tx, accountId, invoice.id)
  const ids = sales.map(({ id }) => id)
  return (await listLiveVoids(tx, accountId, ids)).size > 0
}

function wishOf({
  invoiceId: _invoiceId,
  isAutoRouted: _isAutoRouted,
  ...wish
}: CreateCreditNote): Omit<CreditNoteWish, 'id'> {
  return wish
}
