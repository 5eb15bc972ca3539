import { decideGivenAgain } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { listTransfers } from '../../ledger/index.ts'
import { findSaleOf } from '../../payments/index.ts'
import { nameAttempt } from '../../payments/notices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { acceptCollection } from '../direct-debit/accept-collection.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import type { ChargeNotice } from './charge-notice.ts'
import { findStanding, lockReturnState } from './lock-return-state.ts'
import { SETTLED_BEFORE, type NoticeVerdict } from '../notice-verdict.ts'

type Heard = { readonly gatewayId: Uuid; readonly notice: ChargeNotice }

/**
 * A bank has given a payment again that it had taken back. Where that is still owed, the return is undone. Where it was paid
 * otherwise meanwhile a person has to look; while another charge is under way it waits for that one. Null: no payment that
 * is booked as received is meant, so that it is word of a charge like any other.
 */
export async function hearGivenAgain(
  deps: BillingDeps,
  scope: BillingScope,
  heard: Heard,
  at: Instant,
): Promise<NoticeVerdict | null> {
  const { gatewayId, notice } = heard
  const charge = { accountId: scope.accountId, gatewayId, reference: notice.gatewayReference }
  const sale = await deps.database.statement((tx) => findSaleOf(tx, charge))
  if (sale === null) return null
  return deps.database.tx((tx) => giveAgain(deps, scope, { ...heard, tx, sale }, at), {
    retry: true,
  })
}

async function giveAgain(
  deps: BillingDeps,
  scope: BillingScope,
  given: Heard & { readonly tx: Tx; readonly sale: Transaction },
  at: Instant,
): Promise<NoticeVerdict> {
  const { tx } = given
  const { accountId } = scope
  const state = await lockReturnState(tx, scope, given.sale)
  const { sale, bill, intent, returns } = state
  const returned = findStanding(returns)
  if (returned === undefined) return SETTLED_BEFORE
  const isBeingPaid = bill !== null && bill.liveAttempt !== null
  if (isBeingPaid) return kept(given, accountId, { kind: 'waits', reason: BEING_PAID })
  const posted = await listTransfers(tx, { accountId, kind: 'return', id: returned.id })
  const undone = { returnId: returned.id, posted, returns: returns.length }
  const tools = toolsOf(deps)
  const changes = decideGivenAgain({ sale, bill, intent, ...undone }, at, tools)
  if (changes === null) return kept(given, accountId, { kind: 'parked', reason: GIVEN_AGAIN })
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
  const { attemptId } = sale
  if (attemptId !== null) await acceptCollection(deps, scope, { tx, attemptId }, at)
  return { kind: 'applied' }
}

const BEING_PAID = 'the bank has given a payment again, and another charge of its bill is under way'

const GIVEN_AGAIN =
  'the bank has given a payment again that is booked as returned, and it is owed no more: refund it there, and dismiss this'

/** Nothing charges the bill again meanwhile, whether the gateway has told the key of the charge or not. */
async function kept(
  { tx, gatewayId, notice, sale: { attemptId } }: Heard & { readonly tx: Tx; readonly sale: Transaction }, // prettier-ignore
  accountId: Uuid,
  verdict: NoticeVerdict,
): Promise<NoticeVerdict> {
  if (notice.idempotencyKey === null && attemptId !== null)
    await nameAttempt(tx, { accountId, gatewayId, noticeId: notice.id, attemptId })
  return verdict
}
