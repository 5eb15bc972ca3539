import type { Uuid } from '../../ids/index.ts'
import { owedMinor, type Invoice } from '../../invoices/index.ts'
import {
  planAttempt,
  type ChargeRoute,
  type PaymentAttempt,
  type Retry,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'

/** The charge of what an invoice still owes, along one route. */
export function attemptFor(
  invoice: Invoice,
  route: ChargeRoute,
  given: {
    readonly id: Uuid
    readonly number: number
    readonly retry?: Retry | undefined
    readonly isCustomerPresent?: boolean
  },
  at: Instant,
): PaymentAttempt {
  const request = {
    id: given.id,
    invoiceId: invoice.id,
    paymentIntentId: null,
    subscriptionId: invoice.subscriptionId,
    customerId: invoice.customerId,
    attemptNumber: given.number,
    amountMinor: owedMinor(invoice),
    currency: invoice.currency,
    operation: 'charge' as const,
    retry: given.retry,
    isCustomerPresent: given.isCustomerPresent ?? false,
  }
  return planAttempt(request, route, at)
}
