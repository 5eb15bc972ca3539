import type { Fact } from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import type { IdKind, Uuid } from '@perennial/core/ids'
import { aboutMoneyBack } from './write-money-back.ts'

type About = {
  readonly key: object
  readonly kind: IdKind
  readonly id: Uuid
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid | null
}

export function aboutFact(fact: Fact): About {
  const { subject } = fact
  switch (subject.kind) {
    case 'subscription': {
      const { id, customerId, latestInvoiceId: invoiceId } = subject.subscription
      return {
        key: subject.subscription,
        kind: 'subscription',
        id,
        customerId,
        subscriptionId: id,
        invoiceId,
      }
    }
    case 'invoice': {
      const { id, customerId, subscriptionId } = subject.invoice
      return {
        key: subject.invoice,
        kind: 'invoice',
        id,
        customerId,
        subscriptionId,
        invoiceId: id,
      }
    }
    case 'sale': {
      const { id, customerId, invoiceId } = subject.sale
      return { key: subject, kind: 'sale', id, customerId, subscriptionId: null, invoiceId }
    }
    case 'transaction': {
      const { id, customerId, subscriptionId, invoiceId } = subject.transaction
      return {
        key: subject.transaction,
        kind: 'transaction',
        id,
        customerId,
        subscriptionId,
        invoiceId,
      }
    }
    case 'payment_intent': {
      const { id, customerId } = subject.intent
      return {
        key: subject.intent,
        kind: 'payment_intent',
        id,
        customerId,
        subscriptionId: null,
        invoiceId: null,
      }
    }
    case 'dispute': {
      const { id, customerId, subscriptionId, invoiceId } = subject.dispute
      return { key: subject.dispute, kind: 'dispute', id, customerId, subscriptionId, invoiceId }
    }
    case 'refund':
    case 'void':
    case 'credit_note':
      return { key: subject, ...aboutMoneyBack(subject) }
    default:
      return assertNever(subject)
  }
}
