import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'
import { bacsDayAt, planCollection, type CollectionDates } from './mandate-dates.ts'

/** A debit that a bill asks for under a mandate: its payer is told first, the money follows (spec/revkeen.md 5.22). */
export type NewCollection = {
  readonly id: Uuid
  readonly mandateId: Uuid
  readonly customerId: Uuid
  readonly invoiceId: Uuid
  readonly amountMinor: bigint
  readonly dates: CollectionDates
  readonly createdAt: Instant
}

/** Announced now, collected as soon as the notice allows. */
export function announceDebit(
  debit: Omit<NewCollection, 'dates' | 'createdAt'>,
  at: Instant,
): NewCollection {
  return { ...debit, dates: planCollection(bacsDayAt(at), null), createdAt: at }
}
