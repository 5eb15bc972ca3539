import type { Uuid } from '@perennial/core/ids'
import { owedMinor } from '@perennial/core/invoices'
import type { Currency } from '@perennial/core/money'
import {
  bacsDayAt,
  type CollectionDates,
  type NewCollection,
  onBacsDay,
  planCollection,
} from '@perennial/core/payments'
import { formatPlainDate, maxInstant, type PlainDate } from '@perennial/core/time'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { type Tx, violatedConstraint } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { listGateways } from '../queries/gateways.ts'
import {
  type CollectionRow,
  findLiveCollection,
  insertCollection,
} from '../queries/mandate-collections.ts'
import { findMandate, lockMandate } from '../queries/mandates.ts'
import { listLivePayments } from '../queries/told-charges.ts'
import { toCollectionEvent } from './mandate-events.ts'
import { toWireCollection } from './wire.ts'

export type ScheduleCollection = {
  readonly mandateId: Uuid
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly sourceType: CollectionRow['source_type']
  readonly sourceId: Uuid
  readonly wantedOn: PlainDate | null
}

export type ScheduleRefusal =
  | 'mandate_not_found'
  | 'mandate_not_active'
  | 'direct_debit_off'
  | 'currency_not_gbp'
  | 'source_unsupported'
  | 'source_not_found'
  | 'source_not_collectable'
  | 'amount_above_owed'
  | 'source_being_paid'
  | 'date_not_eligible'

export type Scheduled = { readonly row: CollectionRow; readonly isRepeat: boolean }

/**
 * Plans one debit of an invoice under a mandate in force; asking again for the same invoice while that is under way
 * answers with it. Nothing is paid by it. Refusals are checked in the order of the union.
 */
export async function scheduleCollection(
  context: CommandContext,
  request: ScheduleCollection,
): Promise<Decision<Scheduled, ScheduleRefusal>> {
  try {
    return await context.inTx((tx) => schedule(tx, context, request))
  } catch (error) {
    // Two at the same moment: the index lets one of them through.
    if (violatedConstraint(error) === 'mandate_collections_one_announced_a_source')
      return refused('source_being_paid')
    throw error
  }
}

async function schedule(
  tx: Tx,
  context: CommandContext,
  request: ScheduleCollection,
): Promise<Decision<Scheduled, ScheduleRefusal>> {
  const { accountId } = context
  const { mandateId, sourceType, sourceId } = request
  const seen = await findMandate(tx, { accountId, id: mandateId })
  if (seen === null) return refused('mandate_not_found')
  const earlier = await findLiveCollection(tx, { accountId, mandateId, sourceType, sourceId })
  if (earlier !== null) return accepted({ row: earlier, isRepeat: true })
  const { customerId } = seen
  await lockCustomerShared(tx, { accountId, id: customerId })
  const mandate = await lockMandate(tx, { accountId, id: mandateId })
  if (mandate?.status !== 'active') return refused('mandate_not_active')
  const gateways = await listGateways(tx, accountId)
  if (gateways.find(({ id }) => id === mandate.gatewayId)?.isEnabled !== true)
    return refused('direct_debit_off')
  const checked = await checkSource(tx, context, { request, customerId })
  if (checked.kind === 'refused') return checked
  const dates = planCollection(bacsDayAt(context.now), request.wantedOn)
  if (dates.ineligibleReason !== null) return refused('date_not_eligible')
  const row = toCollectionRow(accountId, {
    id: context.ids.next(),
    mandateId,
    invoiceId: sourceId,
    amountMinor: request.amountMinor,
    dates,
    createdAt: context.now,
  })
  await insertCollection(tx, row)
  await recordEvents(tx, [toCollectionEvent(context, 'collection.scheduled', { row, customerId })])
  await context.remember(tx, 'mandate', mandateId, { data: toWireCollection(row, false) })
  return accepted({ row, isRepeat: false })
}

async function checkSource(
  tx: Tx,
  { accountId }: CommandContext,
  given: { readonly request: ScheduleCollection; readonly customerId: Uuid },
): Promise<Decision<null, ScheduleRefusal>> {
  const { request, customerId } = given
  if (request.currency !== 'GBP') return refused('currency_not_gbp')
  if (request.sourceType !== 'invoice') return refused('source_unsupported')
  const invoice = await findInvoice(tx, accountId, request.sourceId)
  if (invoice === null || invoice.customerId !== customerId) return refused('source_not_found')
  const isOpen = invoice.finalizedAt !== null && invoice.voidedAt === null
  if (!isOpen || owedMinor(invoice) <= 0n) return refused('source_not_collectable')
  if (invoice.currency !== 'GBP') return refused('currency_not_gbp')
  if (request.amountMinor > owedMinor(invoice)) return refused('amount_above_owed')
  const live = await listLivePayments(tx, accountId, [invoice.id])
  return live.has(invoice.id) ? refused('source_being_paid') : accepted(null)
}

/** A debit of an invoice, not told to its payer yet. */
export function toCollectionRow(
  accountId: Uuid,
  { dates, ...debit }: Omit<NewCollection, 'customerId'>,
): CollectionRow {
  return {
    account_id: accountId,
    id: debit.id,
    mandate_id: debit.mandateId,
    invoice_id: debit.invoiceId,
    source_type: 'invoice',
    source_id: debit.invoiceId,
    amount_minor: debit.amountMinor,
    currency: 'GBP',
    status: 'scheduled',
    ...toDates(dates),
    due_at: maxInstant(debit.createdAt, onBacsDay(dates.noticeOn)),
    attempt_id: null,
    failure_code: null,
    created_at: debit.createdAt,
    updated_at: debit.createdAt,
  }
}

/** The dates of a debit as they are kept. */
export function toDates({ noticeOn, submissionOn, collectionOn, settlementOn }: CollectionDates) {
  return {
    notice_on: formatPlainDate(noticeOn),
    submission_on: formatPlainDate(submissionOn),
    collection_on: formatPlainDate(collectionOn),
    settlement_on: formatPlainDate(settlementOn),
  }
}
