import type { Uuid } from '@perennial/core/ids'
import type { News } from './queries.ts'

export type Told = {
  readonly news: News
  readonly eventType: string
  readonly about:
    | { readonly kind: 'subscription'; readonly id: Uuid; readonly status: string | null }
    /** `status`: null where what it is now cannot change any more. */
    | { readonly kind: 'invoice'; readonly id: Uuid; readonly status: string | null }
    | { readonly kind: 'attempt'; readonly transactionId: Uuid; readonly invoiceId: Uuid }
    /** Before its end. */
    | { readonly kind: 'waiting_attempt'; readonly id: Uuid; readonly invoiceId: Uuid }
    | { readonly kind: 'refund'; readonly id: Uuid; readonly invoiceId: Uuid }
}

/** What an event of ours is in the words of this face; nothing, where it says nothing to it (spec/revolv3.md 12.2). */
export function readNews(news: News): readonly Told[] {
  const [kind, what] = news.type.split('.')
  if (kind === 'subscription') return ofSubscription(news, what ?? '')
  if (kind === 'invoice') return ofInvoice(news, what ?? '')
  if (kind === 'payment') return ofPayment(news, what ?? '')
  if (kind === 'attempt') return ofWaiting(news)
  if (kind === 'dispute') return ofDispute(news, what ?? '')
  return kind === 'refund' ? ofRefund(news, what ?? '') : []
}

function ofSubscription(news: News, what: string): readonly Told[] {
  const { data, previous, objectId: id } = news
  const tell = (eventType: string, status: string | null): Told => ({
    news,
    eventType,
    about: { kind: 'subscription', id, status },
  })
  switch (what) {
    case 'created':
      // One that is charged first is told of when that has succeeded.
      return data['status'] === 'trialing' ? [tell('SubscriptionCreated', 'Current')] : []
    case 'activated':
      return data['trial_end'] === null ? [tell('SubscriptionCreated', 'Current')] : []
    case 'past_due': {
      // One that ran already, with its first plan to come, has been told of.
      const isStart = previous?.['status'] === 'pending'
      const subscription = tell(isStart ? 'SubscriptionCreated' : 'SubscriptionChanged', 'Recycle')
      const { invoiceId } = news
      if (invoiceId === null) return [subscription]
      const about = { kind: 'invoice', id: invoiceId, status: 'Recycle' } as const
      return [{ news, eventType: 'InvoiceStatusChanged', about }, subscription]
    }
    case 'canceled':
      return [tell('SubscriptionChanged', data['ended_at'] === null ? 'PendingCancellation' : 'Cancelled')] // prettier-ignore
    case 'updated': {
      if (data['status'] === 'incomplete_expired') return [tell('SubscriptionFailed', null)]
      const isOver = data['status'] === 'expired' || data['status'] === 'canceled'
      const isBack = previous?.['status'] === 'past_due' && data['status'] === 'active'
      return [tell('SubscriptionChanged', isOver ? 'Cancelled' : isBack ? 'Current' : null)]
    }
    default:
      return []
  }
}

function ofInvoice(news: News, what: string): readonly Told[] {
  const { data, objectId: id } = news
  const tell = (eventType: string, status: string | null): Told => ({
    news,
    eventType,
    about: { kind: 'invoice', id, status },
  })
  const isFree = data['total_minor'] === 0
  switch (what) {
    case 'created': {
      const isRecurring = data['subscription_id'] !== null && data['billing_reason'] !== 'manual'
      const waiting = isRecurring ? 'RecurringPending' : 'OneTimePaymentPending'
      return [tell('InvoiceCreated', isFree ? 'Paid' : waiting)]
    }
    case 'paid':
      return isFree ? [] : [tell('InvoiceStatusChanged', 'Paid')]
    case 'marked_uncollectible':
      return [tell('InvoiceStatusChanged', 'Noncollectable')]
    case 'voided':
      return [tell('InvoiceStatusChanged', null)]
    default:
      return []
  }
}

/** A gateway has taken a charge, and decides later. */
function ofWaiting(news: News): readonly Told[] {
  const { invoiceId, objectId: id } = news
  if (invoiceId === null) return []
  return [
    { news, eventType: 'InvoiceAttemptCreated', about: { kind: 'waiting_attempt', id, invoiceId } },
    { news, eventType: 'InvoiceStatusChanged', about: { kind: 'invoice', id: invoiceId, status: 'Pending' } },
  ] // prettier-ignore
}

/** A chargeback that is won gives the money back. */
function ofDispute(news: News, what: string): readonly Told[] {
  const { invoiceId: id, data } = news
  if (id === null || what !== 'closed' || data['status'] !== 'won') return []
  const about = { kind: 'invoice', id, status: 'Paid' } as const
  return [{ news, eventType: 'InvoiceStatusChanged', about }]
}

function ofPayment(news: News, what: string): readonly Told[] {
  const { invoiceId, objectId: transactionId } = news
  if (invoiceId === null) return []
  if (what === 'disputed') {
    const about = { kind: 'invoice', id: invoiceId, status: 'Noncollectable' } as const
    return [{ news, eventType: 'InvoiceStatusChanged', about }]
  }
  if (what !== 'succeeded' && what !== 'failed') return []
  const about = { kind: 'attempt', transactionId, invoiceId } as const
  return [{ news, eventType: 'InvoiceAttemptCreated', about }]
}

function ofRefund(news: News, what: string): readonly Told[] {
  const { invoiceId, objectId: id } = news
  if (invoiceId === null) return []
  const about = { kind: 'refund', id, invoiceId } as const
  if (what === 'created') return [{ news, eventType: 'InvoiceCreated', about }]
  const isEnd = what === 'succeeded' || what === 'failed' || what === 'canceled'
  return isEnd ? [{ news, eventType: 'InvoiceStatusChanged', about }] : []
}
