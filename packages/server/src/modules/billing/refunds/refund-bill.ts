import {
  decideRefunds,
  type ChangeSet,
  type RefundablePayment,
  type RefundableSale,
  type RefundedLine,
  type RefundsRefused,
  type RefundsWish,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { refundablePriceOf, refundOfPrice } from '@perennial/core/invoices'
import type { Refund, RefundReason, RefundRefusal } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listInvoiceLines, lockInvoices, type StoredInvoice } from '../../invoices/index.ts'
import {
  listLiveVoids,
  listRefundsOfInvoice,
  listSalesOfInvoice,
  lockSalesOfInvoice,
  sumRefundsOfLine,
} from '../../payments/index.ts'
import { findRenewal, listRenewalsOfInvoices } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { refundAbilityOf } from './create-refund.ts'
import { sumGivenBack } from './queries.ts'
import { askForRefunds } from './settle-refunds.ts'

export type RefundInvoice = {
  readonly invoiceId: Uuid
  /** Null = all that is left. */
  readonly amountMinor: bigint | null
  readonly reason: RefundReason | null
  readonly reasonDetails: string | null
  readonly mode: Refund['mode']
  /** So much of the price goes back, its part of the tax on top, and `amountMinor` counts for nothing; null = all that is left. */
  readonly netMinor?: bigint | null
  /** The line of the invoice that goes back: no more of it, over all refunds of it, than its price. */
  readonly lineId?: Uuid | null
}

export type RefundsRefusal = RefundRefusal | RefundsRefused | 'payment_being_voided'
export type RefundInvoiceRefusal =
  | 'invoice_not_found'
  | 'invoice_line_not_found'
  | 'invoice_not_paid'
  | RefundsRefusal

/**
 * Refunds an invoice, or a line of it, out of its payments, the newest first; one refund a payment, and the first of them
 * is what the request made. Refusals in the order of the union.
 */
export async function refundInvoice(
  deps: BillingDeps,
  context: CommandContext,
  request: RefundInvoice,
): Promise<Decision<readonly Uuid[], RefundInvoiceRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  const { invoiceId } = request
  const abilities = await refundAbilitiesOf(deps, context, invoiceId)
  const begun = await context.inTx<Decision<readonly Refund[], RefundInvoiceRefusal>>(
    async (tx) => {
      const [invoice] = await lockInvoices(tx, accountId, [invoiceId])
      if (invoice === undefined) return refused('invoice_not_found')
      const line = await lineOf(tx, accountId, request)
      if (line.kind === 'refused') return line
      if (invoice.paidMinor === 0n) return refused('invoice_not_paid')
      const amount = await amountOf(tx, accountId, { invoice, request })
      if (amount.kind === 'refused') return amount
      const { mode, reason, reasonDetails } = request
      const why = { mode, reason, reasonDetails, creditNoteId: null, isSpread: true }
      const wish = { ...why, amountMinor: amount.value, line: line.value }
      const planned = await planRefunds(deps, { tx, context, invoice, abilities }, wish)
      if (planned.kind === 'refused') return planned
      const { changes, refunds } = planned.value
      const { nextId } = toolsOf(deps)
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      const [first] = refunds
      assert(first !== undefined, 'what is refunded is somebody’s payment')
      await context.remember(tx, 'refund', first.id)
      return accepted(refunds)
    },
  )
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  await askForRefunds(deps, scope, begun.value, now)
  return accepted(begun.value.map(({ id }) => id))
}

/** The line that is to go back, with what is left of it; null = none is named. The invoice is locked. */
async function lineOf(
  tx: Tx,
  accountId: Uuid,
  { invoiceId, lineId = null }: RefundInvoice,
): Promise<Decision<RefundedLine | null, 'invoice_line_not_found'>> {
  if (lineId === null) return accepted(null)
  const lines = await listInvoiceLines(tx, accountId, [invoiceId])
  const line = lines.find(({ id }) => id === lineId)
  if (line === undefined) return refused('invoice_line_not_found')
  const goneMinor = await sumRefundsOfLine(tx, accountId, line)
  return accepted({ id: line.id, leftMinor: refundablePriceOf(line) - goneMinor })
}

/** What goes back in money; null = all that is left. The invoice is locked. */
async function amountOf(
  tx: Tx,
  accountId: Uuid,
  given: { readonly invoice: StoredInvoice; readonly request: RefundInvoice },
): Promise<Decision<bigint | null, 'payment_already_refunded' | 'refund_above_rest'>> {
  const { invoice, request } = given
  const { netMinor } = request
  if (netMinor === undefined) return accepted(request.amountMinor)
  const refunds = await listRefundsOfInvoice(tx, accountId, invoice.id)
  const decision = refundOfPrice(invoice, refunds, netMinor)
  if (decision.kind === 'accepted') return accepted(decision.amountMinor)
  const { code, leftMinor } = decision
  return refused(code, { details: { price_left_minor: Number(leftMinor) } })
}

export type RefundRenewal = Omit<RefundInvoice, 'invoiceId' | 'reason' | 'reasonDetails'> & {
  readonly renewalId: Uuid
}

export type RefundRenewalRefusal = 'renewal_not_found' | RefundInvoiceRefusal

/** Refunds a renewal. Status and dates of the subscription stay (spec/revcent.md 10). */
export async function refundRenewal(
  deps: BillingDeps,
  context: CommandContext,
  { renewalId, ...request }: RefundRenewal,
): Promise<Decision<readonly Uuid[], RefundRenewalRefusal>> {
  const renewal = await context.inTx((tx) => findRenewal(tx, context.accountId, renewalId))
  if (renewal === null) return refused('renewal_not_found')
  if (renewal.invoiceId === null) return refused('invoice_not_paid')
  const { invoiceId } = renewal
  return refundInvoice(deps, context, { ...request, invoiceId, reason: null, reasonDetails: null })
}

/** What the gateways behind an invoice's payments can do, asked before anything is locked. */
export async function refundAbilitiesOf(
  deps: Pick<BillingDeps, 'gateways'>,
  context: CommandContext,
  invoiceId: Uuid,
): Promise<ReadonlyMap<Uuid, 'partial' | 'full' | 'none'>> {
  const { accountId } = context
  const sales = await context.inTx((tx) => listSalesOfInvoice(tx, accountId, invoiceId))
  const abilities = new Map<Uuid, 'partial' | 'full' | 'none'>()
  for (const sale of sales) {
    const ability = await refundAbilityOf(deps, accountId, sale)
    if (sale.gatewayId !== null && ability !== null) abilities.set(sale.gatewayId, ability)
  }
  return abilities
}

export type RefundStage = {
  readonly tx: Tx
  readonly context: CommandContext
  /** Locked. */
  readonly invoice: StoredInvoice
  readonly abilities: ReadonlyMap<Uuid, 'partial' | 'full' | 'none'>
  /** Where the caller knows it; absent = it is looked up. */
  readonly givenBack?: RefundableSale['givenBack']
}

/** Decides which payments of the invoice go back, and locks them. */
export async function planRefunds(
  deps: BillingDeps,
  { tx, context, invoice, abilities, givenBack: known }: RefundStage,
  wish: Omit<RefundsWish, 'realNow'>,
): Promise<
  Decision<{ readonly refunds: readonly Refund[]; readonly changes: ChangeSet }, RefundsRefusal>
> {
  const { accountId, now } = context
  const tools = toolsOf(deps)
  const [renewals, sales, givenBack] = await Promise.all([
    listRenewalsOfInvoices(tx, accountId, [invoice.id]),
    lockSalesOfInvoice(tx, accountId, invoice.id),
    known === undefined ? sumGivenBack(tx, accountId, invoice.id) : known,
  ])
  const voided = await listLiveVoids(
    tx,
    accountId,
    sales.map(({ id }) => id),
  )
  const free = sales.filter(({ id }) => !voided.has(id))
  if (free.length === 0 && sales.length > 0) return refused('payment_being_voided')
  // What is left is not known before the gateway has told what became of it.
  const isUnclear = sales.some(({ id, status }) => voided.has(id) && status === 'succeeded')
  if (isUnclear && wish.amountMinor === null) return refused('payment_being_voided')
  const payments = free.map((sale): RefundablePayment => {
    const { gatewayId } = sale
    const ability = gatewayId === null ? null : (abilities.get(gatewayId) ?? 'none')
    return { sale, ability, refundId: tools.nextId() }
  })
  const bill = { invoice, renewal: renewals[0] ?? null, givenBack }
  const realNow = deps.clock.now()
  const decided = decideRefunds(bill, payments, { ...wish, realNow }, { at: now, tools })
  return decided.kind === 'refused' ? refused(decided.code) : accepted(decided)
}
