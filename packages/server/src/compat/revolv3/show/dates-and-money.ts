import {
  formatInstant,
  formatPlainDate,
  plainDateAt,
  UTC,
  type Instant,
} from '@perennial/core/time'

/** Major units with two decimals. */
export function toMajor(minor: bigint): number {
  return Number(minor) / 100
}

/** The day in UTC. */
export function toDay(at: Instant | null): string | null {
  return at === null ? null : formatPlainDate(plainDateAt(at, UTC))
}

export function toMoment(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at)
}
