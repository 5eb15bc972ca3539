import { assertNever, messageOf } from '@perennial/core/fault'
import type { Instant } from '@perennial/core/time'
import { addMs } from '@perennial/core/time'
import { DatabaseOutage } from '../../../platform/db/index.ts'
import {
  recordNoticeResult,
  type NoticeResult,
  type StoredNotice,
} from '../../payments/notices/index.ts'
import { hearDispute } from '../disputes/hear-dispute.ts'
import { refundWarned } from '../disputes/refund-warned.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { asCalledOff } from './called-off.ts'
import { hearCharge } from './hear-charge.ts'
import { hearMethod } from './hear-method.ts'
import { hearRefund } from './hear-refund.ts'
import { hearReturn } from './hear-return.ts'
import { hearVoid } from './hear-void.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'

/** Waits between tries, in real time; after the last one a person has to look, or it was not ours. */
const RETRY_AFTER_MS = [
  10_000, 60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 86_400_000,
] as const
/** What waits for something else is looked at this often after that. */
const RETRY_LAST_MS = 86_400_000

/**
 * Applies notices one after the other, in the order given. A notice is a hint: what it changes is decided on the state
 * as it is, so that one that comes twice, late or out of order does no harm. Returns how many changed something.
 */
export async function applyNotices(
  deps: BillingDeps,
  scope: BillingScope,
  stored: readonly StoredNotice[],
  atOf: (notice: StoredNotice) => Instant,
): Promise<number> {
  let applied = 0
  for (const notice of stored) {
    const at = atOf(notice)
    const result = await applyNotice(deps, scope, notice, at)
    await deps.database.statement((tx) =>
      recordNoticeResult(tx, { accountId: scope.accountId, id: notice.id, at }, result),
    )
    if (result.state === 'applied') applied += 1
  }
  return applied
}

async function applyNotice(
  deps: BillingDeps,
  scope: BillingScope,
  stored: StoredNotice,
  at: Instant,
): Promise<NoticeResult> {
  try {
    return toResult(deps, stored, await hear(deps, scope, stored, at))
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    const reason = messageOf(error)
    deps.log.error(
      { accountId: scope.accountId, noticeId: stored.id, kind: stored.notice.kind, reason },
      'notice not applied',
    )
    return toResult(deps, stored, { kind: 'unmatched', reason, isWorrying: true })
  }
}

/** One case for each kind of notice. */
async function hear(
  deps: BillingDeps,
  scope: BillingScope,
  { gatewayId, notice }: StoredNotice,
  at: Instant,
): Promise<NoticeVerdict> {
  switch (notice.kind) {
    case 'charge': {
      const calledOff = await asCalledOff(deps, scope, { gatewayId, notice })
      return calledOff === null
        ? hearCharge(deps, scope, { gatewayId, notice }, at)
        : hearVoid(deps, scope, { gatewayId, notice: calledOff }, at)
    }
    case 'dispute': {
      const heard = { gatewayId, told: notice.dispute, toldAt: notice.at }
      const verdict = await hearDispute(deps, scope, heard, at)
      // Heard before a crash, it may not have been refunded yet: that is safe to repeat.
      if (verdict.kind !== 'unmatched') await refundWarned(deps, scope, heard, at)
      return verdict
    }
    case 'return':
      return hearReturn(deps, scope, { gatewayId, notice }, at)
    case 'refund':
      return hearRefund(deps, scope, { gatewayId, notice }, at)
    case 'void':
      return hearVoid(deps, scope, { gatewayId, notice }, at)
    case 'method':
      return hearMethod(deps, scope, { gatewayId, notice }, at)
    case 'other':
      return { kind: 'ignored', reason: `nothing follows from ${notice.type}` }
    default:
      return assertNever(notice)
  }
}

function toResult(
  deps: Pick<BillingDeps, 'clock'>,
  stored: StoredNotice,
  verdict: NoticeVerdict,
): NoticeResult {
  switch (verdict.kind) {
    case 'applied':
      return { state: 'applied', reason: null }
    case 'ignored':
      return { state: 'ignored', reason: verdict.reason }
    case 'parked':
      return { state: 'parked', reason: verdict.reason }
    case 'unmatched': {
      const { reason } = verdict
      const waitMs = RETRY_AFTER_MS[stored.tries]
      if (waitMs === undefined) return { state: verdict.isWorrying ? 'parked' : 'ignored', reason }
      return { state: 'waiting', reason, nextTryAt: addMs(deps.clock.now(), waitMs) }
    }
    case 'waits': {
      const waitMs = RETRY_AFTER_MS[stored.tries] ?? RETRY_LAST_MS
      return {
        state: 'waiting',
        reason: verdict.reason,
        nextTryAt: addMs(deps.clock.now(), waitMs),
      }
    }
    default:
      return assertNever(verdict)
  }
}
