import { DAY_MS } from '../calendar/zone.ts'
import { finishHash, mixText } from '../chance/hash.ts'
import { addBusinessDays } from '../charges/business-days.ts'
import { type Scope, scopeKey } from '../vault/state.ts'
import { happeningsAfter } from '../vault/timeline.ts'
import { type Books, timelineOf } from './books.ts'
import { type Movement, toMovement } from './movement.ts'

/** A day's net goes to the bank so many business days later, at midnight in UTC. */
const PAYOUT_BUSINESS_DAYS = 2
/** A weekend in between makes it four days at most. */
export const PAYOUT_DAYS_MAX = 4

/** When the money of a day is paid out; `day` is its first instant. */
export function payoutAt(day: number): number {
  return addBusinessDays(day, PAYOUT_BUSINESS_DAYS)
}

export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS
}

/** The payout that carries what moved at `at`, whether or not it was made yet. */
export function payoutIdOf(
  scope: Scope,
  { at, currency }: Pick<Movement, 'at' | 'currency'>,
): string {
  const owner = finishHash(mixText(0, scopeKey(scope))).toString(36)
  const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
  return `po_${owner}_${day}_${currency.toLowerCase()}`
}

/**
 * What is paid out at one midnight: a payout for each day that is due then and each currency. What a day lost is taken
 * from the bank: then the payout raises the balance.
 */
export function listPayoutsAt(books: Books, scope: Scope, midnight: number): Movement[] {
  const days = Array.from(
    { length: PAYOUT_DAYS_MAX },
    (_, i) => midnight - (PAYOUT_DAYS_MAX - i) * DAY_MS,
  )
  return days
    .filter((day) => payoutAt(day) === midnight)
    .flatMap((day) => payoutsOf(books, scope, day))
}

function payoutsOf(books: Books, scope: Scope, day: number): Movement[] {
  return [...netOf(books, scope, day)]
    .filter(([, netMinor]) => netMinor !== 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, netMinor]) => {
      const id = payoutIdOf(scope, { at: day, currency })
      return {
        reference: id,
        kind: 'payout',
        sourceId: id,
        chargeId: null,
        idempotencyKey: null,
        amountMinor: -netMinor,
        feeMinor: 0,
        currency,
        at: payoutAt(day),
      }
    })
}

function netOf(books: Books, scope: Scope, day: number): Map<string, number> {
  const nets = new Map<string, number>()
  for (const happening of happeningsAfter(timelineOf(books, scope), { at: day, sequence: -1 })) {
    if (happening.at >= day + DAY_MS) break
    const moved = toMovement(books, happening)
    if (moved === null) continue
    const netMinor = nets.get(moved.currency) ?? 0
    nets.set(moved.currency, netMinor + moved.amountMinor - moved.feeMinor)
  }
  return nets
}
