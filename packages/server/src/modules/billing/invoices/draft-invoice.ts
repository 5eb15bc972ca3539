import { emptyChangeSet, invoiceFact } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { NEW_INVOICE } from '@perennial/core/invoices'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { violatedConstraint } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { updateInvoiceDetails, type PaymentRail, type StoredInvoice } from '../../invoices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { draftLines, type LineRefusal, type LineRequest } from './draft-lines.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

export type DraftInvoice = {
  readonly customerId: Uuid
  /** Null = one of the account's automatic numbers, once it is finalized. */
  readonly number: string | null
  readonly currency: Currency | null
  /** Null = the sum of the lines. */
  readonly totalMinor: bigint | null
  readonly lines: readonly LineRequest[]
  readonly dueAt: Instant | null
  readonly allowedMethods: readonly PaymentRail[] | null
  readonly metadata: JsonObject
  readonly customFields: JsonObject
  /** It is charged as soon as it is issued, and written off where that is refused; absent = it is sent. */
  readonly isChargedAtOnce?: boolean
}

export type DraftRefusal =
  | 'customer_not_found'
  | 'number_reserved'
  | 'number_taken'
  | 'due_in_past'
  | LineRefusal

/** Text that an automatic number could have too: taken, it would stop every invoice after it. */
function isAutomaticNumber(number: string, prefix: string): boolean {
  return number.startsWith(prefix) && /^\d+-\d+$/.test(number.slice(prefix.length))
}

/** A manual invoice, as a draft. Refusals are checked in the order of the union, a number that is taken last. */
export async function draftInvoice(
  deps: BillingDeps,
  context: CommandContext,
  request: DraftInvoice,
): Promise<Decision<Uuid, DraftRefusal>> {
  const { accountId, account, now } = context
  const { number, dueAt } = request
  try {
    return await context.inTx(async (tx) => {
      const key = { accountId, id: request.customerId }
      const customer = await lockCustomerShared(tx, key)
      if (customer === null) return refused('customer_not_found')
      if (number !== null && isAutomaticNumber(number, account.settings.invoicePrefix))
        return refused('number_reserved')
      if (dueAt !== null && dueAt < now) return refused('due_in_past')
      const currency = request.currency ?? customer.currency ?? account.currency
      const id = deps.ids.next()
      const given = {
        invoiceId: id,
        currency,
        totalMinor: request.totalMinor,
        lines: request.lines,
      }
      const bill = await draftLines(deps, { tx, accountId }, given)
      if (bill.kind === 'refused') return bill

      const { lines, totalMinor } = bill.value
      const invoice = newDraft({ ...request, id, currency, totalMinor }, now)
      const changes = emptyChangeSet()
      changes.newInvoices.push(invoice)
      changes.newLines.push(...lines)
      changes.facts.push(invoiceFact('created', { invoice, lines }, now))
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
      await updateInvoiceDetails(tx, accountId, invoice)
      await context.remember(tx, 'invoice', id)
      return accepted(id)
    })
  } catch (error) {
    if (violatedConstraint(error) === 'invoices_number_unique') return refused('number_taken')
    throw error
  }
}

type NewDraft = Omit<DraftInvoice, 'totalMinor' | 'currency' | 'lines'> & {
  readonly id: Uuid
  readonly currency: Currency
  readonly totalMinor: bigint
}

function newDraft(request: NewDraft, now: Instant): StoredInvoice {
  const { totalMinor } = request
  return {
    ...NEW_INVOICE,
    id: request.id,
    number: request.number,
    customerId: request.customerId,
    subscriptionId: null,
    billingReason: 'manual',
    status: 'draft',
    currency: request.currency,
    subtotalMinor: totalMinor,
    discountMinor: 0n,
    taxMinor: 0n,
    totalMinor,
    // Where nobody agreed to be charged for it, it is sent and may be paid in any way.
    collectionMethod: request.isChargedAtOnce === true ? 'charge_automatically' : 'send_invoice',
    period: null,
    dueAt: request.dueAt,
    metadata: request.metadata,
    customFields: request.customFields,
    allowedMethods: request.allowedMethods,
    createdAt: now,
    updatedAt: now,
  }
}
