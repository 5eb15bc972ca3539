import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import {
  factNumberOf,
  recordEvents,
  toPreviousAttributes,
  type NewEvent,
} from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { lockSale, toWireSale, writeSaleMetadata, type SaleWithLines } from '../../sales/index.ts'

/** What may be said of a sale after it was made; maps are merged, and null removes a key. */
export type SaleChange = {
  readonly metadata: JsonObject | undefined
  readonly lines: readonly { readonly position: number; readonly metadata: JsonObject }[]
}

export type ChangeSaleRefusal = 'sale_not_found' | 'sale_line_unknown' | 'map_too_large'

/**
 * Says more of a sale and of its lines. A change that changes nothing writes nothing. Refusals in the order of the union.
 */
export async function changeSale(
  context: CommandContext,
  { id, change }: { readonly id: Uuid; readonly change: SaleChange },
): Promise<Decision<null, ChangeSaleRefusal>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const before = await lockSale(tx, accountId, id)
    if (before === null) return refused('sale_not_found')
    if (change.lines.some(({ position }) => before.lines[position] === undefined))
      return refused('sale_line_unknown')
    const after = changed(before, change, now)
    if ([after.sale, ...after.lines].some(({ metadata }) => isMapTooLarge(metadata)))
      return refused('map_too_large')
    const invoice = await findInvoice(tx, accountId, before.sale.invoiceId)
    assert(invoice !== null, 'a sale has an invoice')
    await context.remember(tx, 'sale', id)
    const event = toEvent(context, { before, after, invoice })
    if (Object.keys(event.previousAttributes ?? {}).length === 0) return accepted(null)
    await writeSaleMetadata(tx, accountId, after)
    await recordEvents(tx, [event])
    return accepted(null)
  })
}

function changed(
  { sale, lines }: SaleWithLines,
  change: SaleChange,
  updatedAt: CommandContext['now'],
): SaleWithLines {
  return {
    sale: { ...sale, metadata: mergeMap(sale.metadata, change.metadata), updatedAt },
    lines: lines.map((line) => {
      const own = change.lines.find(({ position }) => position === line.position)
      return { ...line, metadata: mergeMap(line.metadata, own?.metadata) }
    }),
  }
}

function toEvent(
  context: CommandContext,
  given: {
    readonly before: SaleWithLines
    readonly after: SaleWithLines
    readonly invoice: Invoice
  },
): NewEvent {
  const { before, after, invoice } = given
  const id = context.ids.next()
  const data = toWireSale(after, invoice) as JsonObject
  return {
    accountId: context.accountId,
    id,
    type: 'sale.updated',
    objectKind: 'sale',
    objectId: after.sale.id,
    factNumber: factNumberOf(id),
    customerId: after.sale.customerId,
    subscriptionId: null,
    invoiceId: invoice.id,
    data,
    previousAttributes: toPreviousAttributes(data, toWireSale(before, invoice) as JsonObject),
    request: context.request,
    occurredAt: context.now,
  }
}
