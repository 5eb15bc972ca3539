import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { findAttempt } from '../../payments/index.ts'
import {
  findNotice,
  settleParkedNotice,
  settleWordOf,
  toStoredNotice,
  type NoticeRow,
} from '../../payments/notices/index.ts'
import { acceptCollection } from '../direct-debit/accept-collection.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'
import type { ChargeNotice } from './charge-notice.ts'
import { hearLateCharge } from './hear-charge.ts'

export type AcceptRefusal =
  | 'notice_not_found'
  | 'notice_not_parked'
  | 'notice_not_acceptable'
  | 'charge_being_paid'
  | 'charge_not_owed'

/**
 * A person says that money which a gateway took for a charge that is booked as refused is what the charge was made for: it is
 * booked as that charge. One that is applied already stays as it is. Refusals are checked in the order of the union.
 */
export async function acceptNotice(
  deps: BillingDeps,
  context: CommandContext,
  { id, note }: { readonly id: Uuid; readonly note: string },
): Promise<Decision<NoticeRow, AcceptRefusal>> {
  const { accountId, now } = context
  const found = await context.inTx((tx) => findNotice(tx, accountId, id))
  if (found === null) return refused('notice_not_found')
  if (found.state === 'applied') return accepted(found)
  if (found.state !== 'parked') return refused('notice_not_parked')
  const { gatewayId, notice } = toStoredNotice(found)
  const attempt = notice.kind === 'charge' ? await findRefused(context, notice) : null
  if (notice.kind !== 'charge' || attempt?.gatewayId !== gatewayId)
    return refused('notice_not_acceptable')
  // Accepted before, by somebody who died before the notice said so.
  if (attempt.state === 'declined') {
    const late = { attempt, notice, isAccepted: true }
    const verdict = await hearLateCharge(deps, scopeOf(context), late, now)
    if (verdict.kind === 'waits') return refused('charge_being_paid')
    if (verdict.kind === 'parked') return refused('charge_not_owed')
  }
  return context.inTx(async (tx) => {
    await acceptCollection(deps, scopeOf(context), { tx, attemptId: attempt.id }, now)
    const settled = {
      accountId,
      id,
      state: 'applied',
      reason: `accepted: ${note}`,
      at: now,
    } as const
    await settleParkedNotice(tx, settled)
    await settleWordOf(tx, { accountId, attemptId: attempt.id, outcomes: SAID, at: now })
    return accepted((await findNotice(tx, accountId, id)) ?? found)
  })
}

/** The same may have been told more than once. */
const SAID = ['pending', 'succeeded'] as const

/** The charge that it says went through; null unless it is booked as refused, or was until it was accepted. */
async function findRefused(
  context: CommandContext,
  { idempotencyKey: id, outcome, isGivenAgain }: ChargeNotice,
): Promise<PaymentAttempt | null> {
  if (id === null || outcome.kind !== 'succeeded') return null
  const attempt = await context.inTx((tx) => findAttempt(tx, context.accountId, id))
  const isCharge = attempt?.operation === 'charge'
  // Of one that is booked as returned there is nothing to accept: it is tried again, or given back.
  const states = isGivenAgain === true ? ['declined'] : ['declined', 'succeeded']
  return isCharge && states.includes(attempt.state) ? attempt : null
}
