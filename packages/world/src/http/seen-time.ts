import type { Charge } from '../charges/charge.ts'
import type { Call } from './call.ts'
import type { Context } from './context.ts'

/**
 * The business time of a call. One that shows none, from a person's browser or by hand, happens at the newest time that
 * its account has shown: what it does must not lie before what the account has been told of already.
 */
export function timeOf({ state }: Context, call: Call, charge: Charge): number {
  if (call.showsTime) return call.at
  return state.seenAt.get(charge.attempt.account) ?? charge.attempt.at
}

/** Keeps the newest business time of each account. */
export function seeTime({ state }: Context, { account, at, showsTime }: Call): void {
  if (showsTime && at > (state.seenAt.get(account) ?? -1)) state.seenAt.set(account, at)
}
