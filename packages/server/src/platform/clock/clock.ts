import { instantFromMs, type Instant } from '@perennial/core/time'

export type Clock = {
  /** Real time. Business time is the account's: see `accountNow`. */
  now(): Instant
  /** For measuring durations: never jumps, means nothing by itself. */
  monotonicMs(): number
}

/** The only reader of the system clock. */
export function systemClock(): Clock {
  return {
    now: () => instantFromMs(Date.now()),
    monotonicMs: () => performance.now(),
  }
}

/** The account's time: where its test clock stands, or real time while the clock was never moved. */
export function accountNow(
  account: { readonly clockHeldAt: Instant | null },
  realNow: Instant,
): Instant {
  return account.clockHeldAt ?? realNow
}
