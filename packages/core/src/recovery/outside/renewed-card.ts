import { addMs, MS_PER_DAY, MS_PER_SECOND, type Instant } from '../../time/index.ts'
import { outsideEndsAt, type OutsideRecovery } from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'

/** By then whatever its last charge has told of the card is kept. */
const FIRST_ASK_MS = 60 * MS_PER_SECOND

/** When the account updater of its gateway is first asked about a card that has to be replaced since `at`. */
export function firstUpdaterAsk(at: Instant): Instant {
  return addMs(at, FIRST_ASK_MS)
}

/** After it was asked at `at`: when the same time has passed once more, a day later at least; null = not before the waiting is over. */
export function nextUpdaterAsk(waiting: OutsideRecovery, at: Instant): Instant | null {
  const next = addMs(at, Math.max(MS_PER_DAY, at - waiting.lastAttemptAt))
  return next < outsideEndsAt(waiting) ? next : null
}

/** Its gateway tells other data of the card than those that were refused. */
export function isRenewed(waiting: OutsideRecovery, view: OutsideView): boolean {
  const { renewedAt = null } = view.cardOf(waiting.token)
  return renewedAt !== null && renewedAt > waiting.lastAttemptAt
}
