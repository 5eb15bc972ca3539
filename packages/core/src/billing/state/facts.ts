import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import type { Transaction } from '../../payments/index.ts'
import type { RecoveryCase } from '../../recovery/index.ts'
import type { Subscription, SubscriptionItem } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Fact } from './change-set.ts'
import type { Told } from './fact-types.ts'

type SubscriptionView = {
  readonly subscription: Subscription
  readonly items: readonly SubscriptionItem[]
  readonly recovery: RecoveryCase | null
}

/** `subscription.<what>`. Facts that repeat are told apart by the subscription's version. */
export function subscriptionFact(
  what: Told<'subscription'>,
  view: SubscriptionView,
  at: Instant,
  previous: Readonly<Record<string, unknown>> | null = null,
): Fact {
  const isOnce = what === 'created' || what === 'activated' || what === 'trial_ended'
  return {
    type: `subscription.${what}`,
    at,
    number: isOnce ? 0n : BigInt(view.subscription.version),
    subject: { kind: 'subscription', ...view },
    previous,
  }
}

/** That it has begun. Where its first bill was the last, it is over at once, and who listens hears of both. */
export function begunFacts(view: SubscriptionView, at: Instant): readonly Fact[] {
  const begun = subscriptionFact('activated', view, at)
  switch (view.subscription.status) {
    case 'active':
      return [begun]
    case 'expired':
      return [begun, subscriptionFact('updated', view, at, { status: 'active' })]
    default:
      return []
  }
}

/** `subscription.renewed`, once per cycle, when its bill is paid. */
export function renewedFact(view: SubscriptionView, cycle: number, at: Instant): Fact {
  return { ...subscriptionFact('renewed', view, at), number: BigInt(cycle) }
}

/**
 * `invoice.payment_failed` for want of a method to charge. Failed charges are numbered by their attempt,
 * from 1 up; these are counted from -1 down, so that the two never meet.
 */
export function uncollectedFact(
  view: { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] },
  timesBefore: number,
  at: Instant,
): Fact {
  return invoiceFact('payment_failed', view, at, -1n - BigInt(timesBefore))
}

/** `invoice.<what>`. */
export function invoiceFact(
  what: Told<'invoice'>,
  { invoice, lines }: { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] },
  at: Instant,
  number = 0n,
): Fact {
  const subject = { kind: 'invoice', invoice, lines } as const
  return { type: `invoice.${what}`, at, number, subject, previous: null }
}

/** `payment.succeeded` or `payment.failed`, once per transaction. */
export function paymentFact(transaction: Transaction, at: Instant): Fact {
  const type = transaction.status === 'succeeded' ? 'payment.succeeded' : 'payment.failed'
  return { type, at, number: 0n, subject: { kind: 'transaction', transaction }, previous: null }
}
