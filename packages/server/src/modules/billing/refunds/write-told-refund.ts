import { decideToldRefund } from '@perennial/core/billing'
import type { GatewayNotice, Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findRefundByReference, hasUnansweredRefund } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { lockSale } from './lock-sale.ts'
import { mayBeRelease } from './may-be-release.ts'

type RefundNotice = Extract<GatewayNotice, { kind: 'refund' }>

/**
 * Books a refund of a payment of ours that nobody asked for here: somebody made it at the gateway. One that has not gone
 * through yet waits for the news that it has. A person has to look where it does not fit what is booked, and where it may be
 * what was never taken of a captured hold.
 */
export async function writeToldRefund(
  deps: BillingDeps,
  { tx, scope }: { readonly tx: Tx; readonly scope: BillingScope },
  {
    sale,
    notice,
    at,
  }: { readonly sale: Transaction; readonly notice: RefundNotice; readonly at: Instant },
): Promise<NoticeVerdict> {
  const { accountId } = scope
  const { invoiceId, gatewayId } = sale
  const { refundReference: gatewayReference, outcome, amountMinor, currency } = notice
  const state = await lockSale(tx, accountId, { saleId: sale.id, invoiceId, creditNoteId: null })
  if (state === null || gatewayId === null) return UNKNOWN
  // A gateway that calls a payment off gives it back where it had taken it already.
  if (state.isBeingVoided || state.sale.status !== 'succeeded') return UNKNOWN
  if ((await findRefundByReference(tx, { accountId, gatewayId, gatewayReference })) !== null)
    return { kind: 'ignored', reason: 'booked before' }
  // It may be one of ours, whose answer is not written down yet.
  if (await hasUnansweredRefund(tx, accountId, sale.id)) return worrying('a refund is under way')
  // Its end is told too.
  if (outcome.kind === 'pending') return { ...worrying('it is pending'), isWorrying: false }
  if (outcome.kind !== 'succeeded') return worrying(`it is ${outcome.kind}`)
  if (await mayBeRelease(tx, accountId, { sale, amountMinor }))
    return worrying('it may be the rest of a hold that was captured in part')
  if (currency !== sale.currency) return worrying('it is in another currency')
  const tools = toolsOf(deps)
  const told = { id: tools.nextId(), amountMinor, outcome, realNow: deps.clock.now() }
  const decided = decideToldRefund(state, told, { at, tools })
  if (decided.kind === 'refused') return worrying(decided.code)
  const { changes } = decided
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
  return { kind: 'applied' }
}

export const UNKNOWN: NoticeVerdict = {
  kind: 'unmatched',
  reason: 'no refund of ours has this key',
  isWorrying: false,
}

function worrying(why: string) {
  const reason = `the gateway gave back what nobody asked for here: ${why}`
  return { kind: 'unmatched', reason, isWorrying: true } as const
}
