import { addDaysToDate, addMs, startOfDay, type Instant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, readDate } from '../../../platform/http/index.ts'
import type { DraftInvoice } from './draft-invoice.ts'
import type { LineRequest } from './draft-lines.ts'
import type { EditInvoice } from './edit-invoice.ts'
import type { InvoiceCreate, InvoiceUpdate } from './invoice-schemas.ts'

/** The command that a create body asks for. */
export function toDraftRequest(context: CommandContext, body: InvoiceCreate): DraftInvoice {
  refuseTerms(body)
  const customerId = body.customer_uuid ?? body.customer_id
  if (customerId === undefined)
    throw ApiRefusal.invalid('customer_uuid', 'Say who owes the invoice: customer_uuid.')
  return {
    customerId,
    number: body.invoice_number ?? null,
    currency: body.currency ?? null,
    totalMinor: body.total_minor ?? null,
    lines: (body.line_items ?? []).map(toLine),
    dueAt: toDueAt(context, body.due_date ?? null),
    allowedMethods: body.allowed_methods?.length === 0 ? null : (body.allowed_methods ?? null),
    metadata: body.metadata ?? {},
    customFields: body.custom_fields ?? {},
  }
}

/** What is absent stays absent. */
export function toEditRequest(
  context: CommandContext,
  id: EditInvoice['id'],
  body: InvoiceUpdate,
): EditInvoice {
  refuseTerms(body)
  return {
    id,
    ...(body.total_minor === undefined ? {} : { totalMinor: body.total_minor }),
    ...(body.line_items === undefined ? {} : { lines: body.line_items.map(toLine) }),
    ...(body.due_date === undefined ? {} : { dueAt: toDueAt(context, body.due_date) }),
    ...(body.allowed_methods === undefined ? {} : { allowedMethods: body.allowed_methods }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
    ...(body.custom_fields === undefined ? {} : { customFields: body.custom_fields }),
  }
}

/** Removing terms that cannot be there is no harm. */
function refuseTerms({ subscription_terms: terms }: InvoiceCreate | InvoiceUpdate): void {
  if (terms === undefined || terms === null) return
  throw ApiRefusal.invalid(
    'subscription_terms',
    'Invoices cannot start subscriptions yet. Create the subscription with POST /v2/subscriptions.',
  )
}

function toLine(line: NonNullable<InvoiceCreate['line_items']>[number]): LineRequest {
  return {
    description: line.description ?? null,
    quantity: line.quantity ?? 1n,
    unitAmountMinor: line.unit_amount_minor ?? null,
    priceId: line.price_id ?? null,
    productId: line.product_id ?? null,
  }
}

/** A date is meant to its end: the last millisecond of it, so that it reads as that date. */
function toDueAt(context: CommandContext, text: string | null): Instant | null {
  if (text === null) return null
  const date = readDate('due_date', text)
  if (typeof date === 'number') return date
  return addMs(startOfDay(addDaysToDate(date, 1), context.account.timezone), -1)
}
