import { encodeId, type Uuid } from '@perennial/core/ids'
import { creditableMinor, owedMinor, type CreditMethod } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { refundableMinor, type Sale } from '@perennial/core/payments'
import type { CommandContext } from '../../../../platform/command/index.ts'
import { findInvoice, type StoredInvoice } from '../../../invoices/index.ts'
import {
  findSale,
  listLiveVoids,
  listSalesOfInvoice,
  sumHeldByDisputes,
} from '../../../payments/index.ts'
import type { BillingDeps } from '../../scope.ts'

type Reversal = {
  readonly sale: Sale
  readonly isBeingVoided: boolean
  readonly ability: 'partial' | 'full' | 'none'
  readonly isVoidable: boolean
}

/** What can be credited on an invoice, and out of which payments. Null when there is no such invoice. */
export async function findEligibility(
  deps: Pick<BillingDeps, 'gateways'>,
  context: CommandContext,
  invoiceId: Uuid,
) {
  const { accountId } = context
  const found = await context.inTx(async (tx) => {
    const invoice = await findInvoice(tx, accountId, invoiceId)
    const sales = invoice === null ? [] : await listSalesOfInvoice(tx, accountId, invoiceId)
    const ids = sales.map(({ id }) => id)
    const heldMinor = await sumHeldByDisputes(tx, accountId, invoiceId)
    return { invoice, sales, heldMinor, voided: await listLiveVoids(tx, accountId, ids) }
  })
  const { invoice } = found
  if (invoice === null) return null
  const payments = []
  for (const sale of found.sales) {
    const reversal = await reversalOf(deps, context, { sale, voided: found.voided })
    payments.push(toWirePaymentLeft(reversal))
  }
  const { totalMinor, paidMinor } = invoice
  const creditedMinor = invoice.refundedMinor + invoice.creditedMinor
  const leftMinor = creditableMinor(invoice, found.heldMinor)
  return {
    invoice_id: encodeId('invoice', invoiceId),
    total_amount_minor: toWireMinor(totalMinor),
    total_paid_minor: toWireMinor(paidMinor),
    total_credited_minor: toWireMinor(creditedMinor),
    max_creditable_minor: toWireMinor(leftMinor),
    eligible: leftMinor > 0n,
    payments,
  }
}

/** How one payment can be taken back. Null when there is no such payment. */
export async function findReversal(
  deps: Pick<BillingDeps, 'gateways'>,
  context: CommandContext,
  id: Uuid,
) {
  const { accountId } = context
  const found = await context.inTx(async (tx) => ({
    sale: await findSale(tx, accountId, id),
    voided: await listLiveVoids(tx, accountId, [id]),
  }))
  const { sale } = found
  if (sale === null) return null
  const reversal = await reversalOf(deps, context, { sale, voided: found.voided })
  const operations = operationsOf(reversal)
  return {
    ...toWireReversal(reversal),
    can_reverse: operations.length > 0,
    terminal_uti: null,
    constraints: {
      ...constraintsOf(reversal),
      max_amount: toWireMinor(leftOf(reversal)),
      requires_customer_iban: false,
      reason: operations.length > 0 ? null : 'Nothing of this payment can be given back.',
    },
  }
}

async function reversalOf(
  deps: Pick<BillingDeps, 'gateways'>,
  { accountId }: CommandContext,
  { sale, voided }: { readonly sale: Sale; readonly voided: ReadonlySet<Uuid> },
): Promise<Reversal> {
  const isBeingVoided = voided.has(sale.id)
  const { gatewayId } = sale
  if (gatewayId === null) return { sale, isBeingVoided, ability: 'partial', isVoidable: false }
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const { abilities } = port
  return { sale, isBeingVoided, ability: abilities.refund, isVoidable: abilities.void }
}

function leftOf({ sale, isBeingVoided }: Reversal): bigint {
  const isTaken = sale.type === 'sale' && sale.status === 'succeeded' && !isBeingVoided
  return isTaken ? refundableMinor(sale) : 0n
}

function operationsOf(reversal: Reversal): ('refund' | 'void')[] {
  if (leftOf(reversal) === 0n) return []
  const { sale, ability, isVoidable } = reversal
  const isWhole = sale.refundedMinor === 0n
  const canRefund = ability === 'partial' || (ability === 'full' && isWhole)
  return [
    ...(canRefund ? ['refund' as const] : []),
    ...(isVoidable && isWhole ? ['void' as const] : []),
  ]
}

function constraintsOf({ ability }: Reversal) {
  return {
    partial_supported: ability === 'partial',
    requires_card_present: false,
    requires_terminal_online: false,
  }
}

function toWireReversal(reversal: Reversal) {
  const { sale } = reversal
  return {
    transaction_id: encodeId('transaction', sale.id),
    gateway: sale.gatewayId === null ? null : encodeId('gateway', sale.gatewayId),
    payment_method: sale.methodType,
    available_operations: operationsOf(reversal),
    card_brand: sale.cardBrand,
    card_last4: sale.cardLast4,
    terminal_serial: null,
  }
}

function toWirePaymentLeft(reversal: Reversal) {
  const { sale } = reversal
  return {
    ...toWireReversal(reversal),
    amount_minor: toWireMinor(sale.amountMinor),
    amount_refunded_minor: toWireMinor(sale.refundedMinor),
    amount_available_minor: toWireMinor(leftOf(reversal)),
    constraints: constraintsOf(reversal),
  }
}

/** What a credit note would do to an invoice; nothing is stored. */
export function toWirePreview(
  invoice: StoredInvoice,
  proposed: {
    readonly amountMinor: bigint
    readonly taxAmountMinor: bigint | null
    readonly creditMethod: CreditMethod
    /** What chargebacks hold of the invoice's payments. */
    readonly heldMinor: bigint
  },
) {
  const { amountMinor, taxAmountMinor, heldMinor } = proposed
  const leftMinor = creditableMinor(invoice, heldMinor)
  const givenBackMinor = invoice.refundedMinor + invoice.creditedMinor
  const dueMinor = owedMinor(invoice)
  return {
    object: 'credit_note_preview' as const,
    invoice_id: encodeId('invoice', invoice.id),
    proposed_amount_minor: toWireMinor(amountMinor),
    proposed_tax_amount_minor: taxAmountMinor === null ? null : toWireMinor(taxAmountMinor),
    currency: invoice.currency,
    credit_method: proposed.creditMethod,
    exceeds_max_creditable: amountMinor > leftMinor,
    invoice: {
      id: encodeId('invoice', invoice.id),
      total_minor: toWireMinor(invoice.totalMinor),
      amount_paid_minor: toWireMinor(invoice.paidMinor),
      amount_due_minor: toWireMinor(dueMinor),
      previously_credited_minor: toWireMinor(givenBackMinor),
      max_creditable_minor: toWireMinor(leftMinor),
    },
    // A credit gives back what was paid: what is owed stays owed.
    after_credit: {
      new_amount_due_minor: toWireMinor(dueMinor),
      new_amount_credited_minor: toWireMinor(givenBackMinor + amountMinor),
      would_leave_outstanding: dueMinor > 0n,
    },
  }
}
