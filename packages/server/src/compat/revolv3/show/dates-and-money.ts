import type { Currency } from '@perennial/core/money'
import type { SubscriptionItem } from '@perennial/core/subscriptions'
import {
  formatInstantOrNull,
  formatPlainDate,
  type Instant,
  plainDateAt,
  UTC,
} from '@perennial/core/time'
import { planValueHundredths } from '../../../modules/billing/index.ts'
import { toDecimalAmount } from '../../../platform/amounts/index.ts'

/** Major units: what /v2 made may be in a currency that does not have two decimals. */
export function toMajor(minor: bigint, currency: Currency): number {
  return Number(toDecimalAmount(minor, currency))
}

/** What a plan was asked for with: a percentage, or an amount. */
export function toPlanValue(item: SubscriptionItem, currency: Currency): number {
  const value = planValueHundredths(item)
  return item.terms.scheme.kind === 'percentage' ? Number(value) / 100 : toMajor(value, currency)
}

/** The day in UTC. */
export function toDay(at: Instant | null): string | null {
  return at === null ? null : formatPlainDate(plainDateAt(at, UTC))
}

export function toMoment(at: Instant | null): string | null {
  return formatInstantOrNull(at)
}
