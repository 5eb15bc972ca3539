import { decideReturn, decideReturnGivenAgain } from '@perennial/core/billing'
import { declineCodeOfTold } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice, PaymentAttempt, Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findAttempt, findPendingAttemptOf, findSaleOf } from '../../payments/index.ts'
import { wasGivenAgain } from '../../payments/notices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { lookUpIntents } from '../intents/charge-intent.ts'
import { lookUp } from '../collect/collect.ts'
import { failCollection } from '../direct-debit/fail-collection.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { hearCharge } from './hear-charge.ts'
import { findStanding, lockReturnState } from './lock-return-state.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'

type ReturnNotice = Extract<GatewayNotice, { kind: 'return' }>

type Heard = { readonly gatewayId: Uuid; readonly notice: ReturnNotice }

/**
 * A bank has taken a payment back. One that had settled is undone, once; where the
 * bank has given it again since, that is booked with it. One that is still on its way by our books is
 * asked about first, because the news that it had settled may have been lost; what had not settled is refused.
 */
export async function hearReturn(
  deps: BillingDeps,
  scope: BillingScope,
  heard: Heard,
  at: Instant,
): Promise<NoticeVerdict> {
  const { gatewayId, notice } = heard
  const pending = await findPending(deps, scope, heard)
  if (pending !== null) {
    const atOf = () => at
    if (pending.paymentIntentId === null) await lookUp(deps, scope, [pending], atOf)
    else await lookUpIntents(deps, scope, [pending], { atOf })
    if ((await findPending(deps, scope, heard)) !== null)
      return hearCharge(deps, scope, { gatewayId, notice: asRefused(notice, pending.id) }, at)
  }
  const charge = { accountId: scope.accountId, gatewayId, reference: notice.gatewayReference }
  const sale = await deps.database.statement((tx) => findSaleOf(tx, charge))
  if (sale === null && pending !== null) return { kind: 'applied' }
  if (sale === null && (await wasRefused(deps, scope, notice)))
    return { kind: 'ignored', reason: 'already declined' }
  if (sale === null) {
    const reason = `no payment of ours is ${notice.gatewayReference}`
    return { kind: 'unmatched', reason, isWorrying: true }
  }
  return deps.database.tx((tx) => undo(deps, scope, { ...heard, tx, sale }, at), { retry: true })
}

const ALREADY_RETURNED: NoticeVerdict = { kind: 'ignored', reason: 'already returned' }

/** What is said to have come back had never come. */
async function wasRefused(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  { idempotencyKey = null }: ReturnNotice,
): Promise<boolean> {
  if (idempotencyKey === null) return false
  const attempt = await deps.database.statement((tx) => findAttempt(tx, accountId, idempotencyKey))
  return attempt?.state === 'declined'
}

function findPending(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  { gatewayId, notice }: Heard,
): Promise<PaymentAttempt | null> {
  const charge = { accountId, gatewayId, reference: notice.gatewayReference }
  return deps.database.statement((tx) => findPendingAttemptOf(tx, charge))
}

function asRefused(
  notice: ReturnNotice,
  attemptId: Uuid,
): Extract<GatewayNotice, { kind: 'charge' }> {
  const { id, at, gatewayReference, message } = notice
  const code = declineCodeOfTold(notice.code)
  // The bank's own word is for whoever reads it.
  const said = message === null ? notice.code : `${message} (${notice.code})`
  const decline = { code, isoCode: null, adviceCode: null, message: said }
  const outcome = { kind: 'declined', gatewayReference, decline } as const
  return { kind: 'charge', id, at, idempotencyKey: attemptId, gatewayReference, outcome }
}

async function undo(
  deps: BillingDeps,
  scope: BillingScope,
  given: Heard & { readonly tx: Tx; readonly sale: Transaction },
  at: Instant,
): Promise<NoticeVerdict> {
  const { tx, gatewayId, notice } = given
  const { accountId } = scope
  const state = await lockReturnState(tx, scope, given.sale)
  const { sale, returns } = state
  if (findStanding(returns) !== undefined) return ALREADY_RETURNED
  if (sale.status !== 'succeeded')
    return { kind: 'ignored', reason: `the payment is ${sale.status}` }
  const { gatewayReference: reference, at: since, code, message } = notice
  const isGivenAgain = await wasGivenAgain(tx, { accountId, gatewayId, reference, since })
  if (isGivenAgain && returns.length > 0) return ALREADY_RETURNED
  const reason = { code, message }
  const tools = toolsOf(deps)
  const changes = isGivenAgain
    ? decideReturnGivenAgain(sale, reason, at, tools)
    : decideReturn({ ...state, earlierReturns: returns.length }, reason, at, tools)
  const { nextId } = tools
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
  if (!isGivenAgain) await failCollection(deps, scope, { tx, attemptId: sale.attemptId, code }, at)
  return { kind: 'applied' }
}
