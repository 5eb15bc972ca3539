import { isCharge, type ItemComponent } from '../../subscriptions/index.ts'
import {
  boundaryAt,
  comparePlainDates,
  plainDateAt,
  startOfDay,
  UTC,
  type Frequency,
  type PlainDate,
} from '../../time/index.ts'

/** Whether plans ask for anything: others only take something off (spec/revolv3.md 4.1). */
export function askForSomething(plans: readonly { readonly component: ItemComponent }[]): boolean {
  return plans.some(isCharge)
}

/**
 * The day of the first bill: that of the start, or the one on which a trial from there ends; null where the start lies before
 * today. Days of UTC. `startOn` null = today.
 */
export function firstBillOn({
  startOn,
  trial,
  today,
}: {
  readonly startOn: PlainDate | null
  readonly trial: Frequency | null
  readonly today: PlainDate
}): PlainDate | null {
  const start = startOn ?? today
  if (comparePlainDates(start, today) < 0) return null
  if (trial === null) return start
  const anchor = { at: startOfDay(start, UTC), zone: UTC, day: null }
  return plainDateAt(boundaryAt(anchor, trial, 1), UTC)
}
