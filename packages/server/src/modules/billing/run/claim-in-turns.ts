import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { claimDueSubscriptions, type DuePlace } from '../../subscriptions/index.ts'

type Due = { readonly accountId: Uuid; readonly until: Instant; readonly limit: number }

/** Claims the next batch of what is due, inside the transaction that will work on it. None left: an empty list. */
export type ClaimDue = (tx: Tx, due: Due) => Promise<Subscription[]>

/**
 * The claims of one run's lanes, one after the other, each from where the last one stopped: passing over a row that
 * another lane holds costs more than claiming one. Behind the last one it begins anew, for what has fallen due again or
 * was let go meanwhile; only when that finds nothing is nothing left.
 */
export function createClaims(): ClaimDue {
  let after: DuePlace | null = null
  let turn: Promise<unknown> = Promise.resolve()

  const claimNext: ClaimDue = async (tx, due) => {
    let claimed = await claimDueSubscriptions(tx, due, after)
    if (claimed.length === 0 && after !== null) claimed = await claimDueSubscriptions(tx, due, null)
    after = claimed.length < due.limit ? null : placeOf(claimed)
    return claimed
  }
  return (tx, due) => {
    const claiming = turn.then(() => claimNext(tx, due))
    turn = claiming.catch(() => undefined)
    return claiming
  }
}

function placeOf(claimed: readonly Subscription[]): DuePlace | null {
  const last = claimed.at(-1)
  if (last === undefined || last.nextDueAt === null) return null
  return { dueAt: last.nextDueAt, id: last.id }
}
