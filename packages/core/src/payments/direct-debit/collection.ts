import type { Uuid } from '../../ids/index.ts'
import { comparePlainDates, type Instant, type PlainDate } from '../../time/index.ts'
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

/**
 * The dates of a debit whose payer is told today and not on the day that was planned for it: later, so that the notice is
 * as long as it has to be. Null: it is not too late for the dates as they are.
 */
export function planLateNotice(
  planned: Pick<CollectionDates, 'noticeOn'>,
  today: PlainDate,
): CollectionDates | null {
  return comparePlainDates(today, planned.noticeOn) > 0 ? planCollection(today, null) : null
}
