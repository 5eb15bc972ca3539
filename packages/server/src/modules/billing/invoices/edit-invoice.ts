import { emptyChangeSet, invoiceFact } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { toPreviousAttributes } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { releaseRedemptions } from '../../discounts/index.ts'
import {
  deleteDraft,
  deleteInvoiceLines,
  toWireInvoice,
  updateInvoiceDetails,
  type PaymentRail,
  type StoredInvoice,
} from '../../invoices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { draftLines, type DraftedLines, type LineRefusal, type LineRequest } from './draft-lines.ts'
import { lockInvoiceState, type InvoiceState } from '../load/lock-invoice-state.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

/** Undefined leaves a field as it is. */
export type EditInvoice = {
  readonly id: Uuid
  readonly totalMinor?: bigint
  readonly lines?: readonly LineRequest[]
  readonly dueAt?: Instant | null
  readonly allowedMethods?: readonly PaymentRail[] | null
  /** Merged; null removes a key. */
  readonly metadata?: JsonObject
  readonly customFields?: JsonObject
}

export type EditRefusal =
  | 'invoice_not_found'
  | 'invoice_frozen'
  | 'due_in_past'
  | 'map_too_large'
  | LineRefusal

/**
 * Money and due date of a draft; what says nothing about money, at any time. An edit that changes nothing writes
 * nothing. Refusals are checked in the order of the union.
 */
export async function editInvoice(
  deps: BillingDeps,
  context: CommandContext,
  edit: EditInvoice,
): Promise<Decision<Uuid, EditRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scope, edit.id)
    if (state === null) return refused('invoice_not_found')
    const { invoice } = state
    if (touchesMoney(edit) && invoice.status !== 'draft') return refused('invoice_frozen')
    if (typeof edit.dueAt === 'number' && edit.dueAt < now) return refused('due_in_past')
    const details = editDetails(invoice, edit)
    if (details === null) return refused('map_too_large')
    const drafted = await editLines(deps, { tx, accountId }, { state, edit })
    if (drafted.kind === 'refused') return drafted

    await context.remember(tx, 'invoice', edit.id)
    const { lines, totalMinor } = drafted.value
    const edited: StoredInvoice = {
      ...withTotal(
        { ...invoice, ...details },
        { totalMinor, hasOwnLines: edit.lines !== undefined },
      ),
      ...(edit.dueAt === undefined ? {} : { dueAt: edit.dueAt }),
      version: invoice.version + 1,
      updatedAt: now,
    }
    const previous = toPreviousAttributes(
      toWireInvoice(edited, lines),
      toWireInvoice(invoice, state.lines),
    )
    if (Object.keys(previous).length === 0) return accepted(edit.id)
    const changes = emptyChangeSet()
    changes.changedInvoices.push(edited)
    const fact = invoiceFact('updated', { invoice: edited, lines }, now, BigInt(edited.version))
    changes.facts.push({ ...fact, previous })
    if (state.renewal !== null)
      changes.repricedRenewals.push({ id: state.renewal.id, amountMinor: edited.totalMinor })
    if (edit.lines !== undefined) {
      await deleteInvoiceLines(tx, { accountId, invoiceId: edit.id })
      // Whatever discounts it had are off it, and may be used by others.
      await releaseRedemptions(tx, accountId, { invoiceIds: [edit.id], at: now })
      changes.newLines.push(...lines)
    }
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await updateInvoiceDetails(tx, accountId, edited)
    return accepted(edit.id)
  })
}

function touchesMoney(edit: EditInvoice): boolean {
  return edit.totalMinor !== undefined || edit.lines !== undefined || edit.dueAt !== undefined
}

/** Lines that stay keep their sum: a total that says otherwise is refused. */
async function editLines(
  deps: BillingDeps,
  source: { readonly tx: Tx; readonly accountId: Uuid },
  given: { readonly state: InvoiceState; readonly edit: EditInvoice },
): Promise<Decision<DraftedLines, LineRefusal>> {
  const { state, edit } = given
  const { invoice, lines } = state
  if (edit.lines !== undefined) {
    const { id: invoiceId, currency } = invoice
    const totalMinor = edit.totalMinor ?? null
    return draftLines(deps, source, { invoiceId, currency, totalMinor, lines: edit.lines })
  }
  const totalMinor = edit.totalMinor ?? invoice.totalMinor
  if (lines.length > 0 && totalMinor !== invoice.totalMinor)
    return refused('total_differs', { param: 'total_minor' })
  return accepted({ lines, totalMinor })
}

/** A manual total has neither discount nor tax; an untouched one keeps what it is made of. */
function withTotal(
  invoice: StoredInvoice,
  given: { readonly totalMinor: bigint; readonly hasOwnLines: boolean },
): StoredInvoice {
  const { totalMinor, hasOwnLines } = given
  if (totalMinor === invoice.totalMinor && !hasOwnLines) return invoice
  return { ...invoice, subtotalMinor: totalMinor, discountMinor: 0n, taxMinor: 0n, totalMinor }
}

type Details = Pick<StoredInvoice, 'allowedMethods' | 'metadata' | 'customFields'>

/** Null when a map would grow too large. An empty list of methods lifts the restriction. */
function editDetails(invoice: StoredInvoice, edit: EditInvoice): Details | null {
  const metadata = mergeMap(invoice.metadata, edit.metadata)
  const customFields = mergeMap(invoice.customFields, edit.customFields)
  if ([metadata, customFields].some(isMapTooLarge)) return null
  const { allowedMethods = invoice.allowedMethods } = edit
  const isLifted = allowedMethods === null || allowedMethods.length === 0
  return { metadata, customFields, allowedMethods: isLifted ? null : allowedMethods }
}

export type DeleteRefusal = 'invoice_not_found' | 'invoice_not_draft' | 'invoice_of_subscription'

/**
 * Removes a draft and its lines; the events that tell of it stay. A subscription's own draft is voided instead,
 * because its renewal refers to it.
 */
export async function deleteInvoice(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<null, DeleteRefusal>> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scopeOf(context), id)
    if (state === null) return refused('invoice_not_found')
    if (state.invoice.subscriptionId !== null) return refused('invoice_of_subscription')
    const key = { accountId, invoiceId: id }
    if (!(await deleteDraft(tx, key))) return refused('invoice_not_draft')
    await deleteInvoiceLines(tx, key)
    return accepted(null)
  })
}
