import type { Uuid } from '../ids/index.ts'
import { addMs, type Instant } from '../time/index.ts'
import type { RecoveryCase } from './case.ts'
import type { CaseTry } from './case-view.ts'
import { isOutageOver, type SuspectedOutage } from './planner/suspected-outage.ts'

/** An outage of ours as it is remembered: also when it is over. */
export type KnownOutage = Pick<SuspectedOutage, 'gateway' | 'currency' | 'sinceAt'> & {
  readonly endedAt: Instant | null
}

/** Whether a charge was made in one of these outages; where nobody knows its gateway, it was not. */
export function isInOutage(
  outages: readonly KnownOutage[],
  charge: { readonly gatewayId?: Uuid | null; readonly currency: string; readonly at: Instant },
): boolean {
  const { gatewayId, currency, at } = charge
  return outages.some((outage) => {
    if (outage.gateway !== gatewayId || outage.currency !== currency) return false
    const { sinceAt, endedAt } = outage
    return at >= sinceAt && (endedAt === null || at < endedAt) && !isOutageOver(outage, at)
  })
}

/** Tries of a bill in this currency, with what is known of outages by now. */
export function markOutages(
  tries: readonly CaseTry[],
  outages: readonly KnownOutage[],
  currency: string,
): readonly CaseTry[] {
  if (outages.length === 0) return tries
  return tries.map((one) => ({ ...one, isInOutage: isInOutage(outages, { ...one, currency }) }))
}

/**
 * The case without the retries that an outage of ours has wasted, whenever that was found out: they count no more, and its
 * days are later by the time that passed with them. What the card networks count of them stays counted.
 */
export function excuseRetries(open: RecoveryCase, tries: readonly CaseTry[]): RecoveryCase {
  const { openedAt, excusedTo, retriesMade, countsFrom } = open
  const isNew = ({ at }: CaseTry): boolean => at > (excusedTo ?? openedAt)
  const wasted = tries.filter(
    (one) => one.isInOutage === true && isNew(one) && (one.retryNumber ?? null) !== null,
  )
  const [first, last] = [wasted[0], wasted.at(-1)]
  if (first === undefined || last === undefined) return open
  const before = tries.findLast(({ at }) => at < first.at)?.at ?? openedAt
  // The charges of a route are one retry.
  const retries = new Set(wasted.map(({ retryNumber }) => retryNumber)).size
  return {
    ...open,
    retriesMade: Math.max(0, retriesMade - retries),
    countsFrom: addMs(countsFrom, last.at - before),
    excusedTo: last.at,
  }
}
