import { creditableMinor, type Invoice } from '../../invoices/index.ts'
import type { Uuid } from '../../ids/index.ts'
import {
  refundableMinor,
  type Refund,
  type RefundRefusal,
  type RefundWish,
  type Sale,
} from '../../payments/index.ts'
import { addChanges, emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { decideRefund, type RefundableSale, type RefundGiven } from './refund.ts'

/** The payments of one invoice, newest first, each with what its gateway can do. */
export type RefundablePayment = {
  readonly sale: Sale
  readonly ability: RefundGiven['ability']
  readonly refundId: Refund['id']
}

/** A line of the invoice, and what of its price no refund of it has given back. */
export type RefundedLine = { readonly id: Uuid; readonly leftMinor: bigint }

export type RefundsWish = Omit<RefundWish, 'id' | 'invoiceLineId' | 'firstRefundId'> & {
  /** What goes back is of this line alone. */
  readonly line?: RefundedLine | null
  /** More than one payment may be used; otherwise the newest that has enough left. */
  readonly isSpread: boolean
}

/** Beside what refuses one refund, in the order in which it is asked. */
export type RefundsRefused =
  | 'line_already_refunded'
  | 'refund_above_line'
  | 'no_single_payment_covers'

export type RefundsDecided =
  | { readonly kind: 'refused'; readonly code: RefundRefusal | RefundsRefused }
  | {
      readonly kind: 'accepted'
      readonly refunds: readonly Refund[]
      readonly changes: ChangeSet
    }

/**
 * Refunds an amount of an invoice out of its payments, the newest first (spec/revcent.md 10). All that is left is what
 * neither refunds nor credit notes have given back, nor a bank has taken; of a line, no more than is left of its price.
 */
export function decideRefunds(
  bill: Pick<RefundableSale, 'renewal' | 'givenBack'> & { readonly invoice: Invoice },
  payments: readonly RefundablePayment[],
  wish: RefundsWish,
  given: Omit<RefundGiven, 'ability'>,
): RefundsDecided {
  const { line = null, ...asked } = wish
  if (line !== null && line.leftMinor <= 0n)
    return { kind: 'refused', code: 'line_already_refunded' }
  const allMinor = allThatIsLeft(bill.invoice, payments)
  const mostMinor = line !== null && line.leftMinor < allMinor ? line.leftMinor : allMinor
  const wantedMinor = wish.amountMinor ?? mostMinor
  if (wantedMinor === 0n) {
    const isTakenBack = payments.some(({ sale }) => sale.takenBackMinor > 0n)
    return {
      kind: 'refused',
      code: isTakenBack ? 'payment_taken_back' : 'payment_already_refunded',
    }
  }
  if (line !== null && wantedMinor > line.leftMinor)
    return { kind: 'refused', code: 'refund_above_line' }
  const shares = wish.isSpread ? spread(payments, wantedMinor) : onOne(payments, wantedMinor)
  if (shares === null) {
    const isEnough = spread(payments, wantedMinor) !== null
    return { kind: 'refused', code: isEnough ? 'no_single_payment_covers' : 'refund_above_rest' }
  }
  const changes = emptyChangeSet()
  const refunds: Refund[] = []
  let stands: Omit<RefundableSale, 'sale'> = bill
  for (const { payment, amountMinor } of shares) {
    const one = {
      ...asked,
      id: payment.refundId,
      amountMinor,
      invoiceLineId: line?.id ?? null,
      firstRefundId: refunds[0]?.id ?? null,
    }
    const { sale, ability } = payment
    const decided = decideRefund({ ...stands, sale }, one, { ...given, ability })
    if (decided.kind === 'refused') return decided
    stands = decided.after
    refunds.push(decided.refund)
    // Each row is written once, as the last refund leaves it.
    changes.changedInvoices.length = 0
    changes.changedRenewals.length = 0
    addChanges(changes, decided.changes)
  }
  if (changes.changedRenewals.length === 0 && stands.renewal !== null) {
    const { id, status } = stands.renewal
    if (status !== bill.renewal?.status) changes.changedRenewals.push({ id, status })
  }
  return { kind: 'accepted', refunds, changes }
}

type Share = { readonly payment: RefundablePayment; readonly amountMinor: bigint }

function allThatIsLeft(invoice: Invoice, payments: readonly RefundablePayment[]): bigint {
  const ofInvoice = creditableMinor(invoice)
  const ofPayments = payments.reduce((sum, payment) => sum + leftOf(payment), 0n)
  return ofPayments < ofInvoice ? ofPayments : ofInvoice
}

function leftOf({ sale }: RefundablePayment): bigint {
  return sale.status === 'succeeded' ? refundableMinor(sale) : 0n
}

function spread(payments: readonly RefundablePayment[], wantedMinor: bigint): Share[] | null {
  let missing = wantedMinor
  const shares: Share[] = []
  for (const payment of payments) {
    const left = leftOf(payment)
    const amountMinor = left < missing ? left : missing
    if (amountMinor > 0n) shares.push({ payment, amountMinor })
    missing -= amountMinor
  }
  return missing === 0n ? shares : null
}

function onOne(payments: readonly RefundablePayment[], wantedMinor: bigint): Share[] | null {
  const payment = payments.find((candidate) => leftOf(candidate) >= wantedMinor)
  return payment === undefined ? null : [{ payment, amountMinor: wantedMinor }]
}
