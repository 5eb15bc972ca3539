import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { claimDueSubscriptions, type DuePlace } from '../../subscriptions/index.ts'

type Due = { readonly accountId: Uuid; readonly until: Instant; readonly limit: number }

/** Claims the next batch of what is due, inside the transaction that will work on it. None left: an empty list. */
export type ClaimDue = (tx: Tx, due: Due) => Promise<Subscription[]>

export type Claims = {
  readonly claimDue: ClaimDue
  /** How often answers have come in so far: what was claimed before may have missed them. */
  answersSoFar(): number
  /** These wait for answers: nobody claims them before more come in than those of `since`. */
  passOver(ids: readonly Uuid[], since: number): void
  /** Answers have come in: whatever waits for some is claimed again. */
  hearAnswers(): void
  /** Whether something was passed over. */
  isAnyWaiting(): boolean
}

/**
 * The claims of one run's lanes, one after the other, each from where the last one stopped: passing over a row that
 * another lane holds costs more than claiming one. Behind the last one it begins anew, for what has fallen due again or
 * was let go meanwhile; only when that finds nothing is nothing left.
 */
export function createClaims(): Claims {
  let after: DuePlace | null = null
  let turn: Promise<unknown> = Promise.resolve()
  let answers = 0
  const waitingIds = new Set<Uuid>()

  const claimNext: ClaimDue = async (tx, asked) => {
    const due = { ...asked, exceptIds: waitingIds }
    let claimed = await claimDueSubscriptions(tx, due, after)
    if (claimed.length === 0 && after !== null) claimed = await claimDueSubscriptions(tx, due, null)
    after = claimed.length < due.limit ? null : placeOf(claimed)
    return claimed
  }
  return {
    claimDue: (tx, due) => {
      const claiming = turn.then(() => claimNext(tx, due))
      turn = claiming.catch(() => undefined)
      return claiming
    },
    answersSoFar: () => answers,
    passOver: (ids, since) => {
      if (since === answers) for (const id of ids) waitingIds.add(id)
    },
    hearAnswers: () => {
      answers += 1
      waitingIds.clear()
    },
    isAnyWaiting: () => waitingIds.size > 0,
  }
}

function placeOf(claimed: readonly Subscription[]): DuePlace | null {
  const last = claimed.at(-1)
  if (last === undefined || last.nextDueAt === null) return null
  return { dueAt: last.nextDueAt, id: last.id }
}
