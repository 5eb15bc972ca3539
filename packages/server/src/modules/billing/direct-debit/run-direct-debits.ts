import { assert } from '@perennial/core/fault'
import { bacsDayAt, onBacsDay, planLateNotice } from '@perennial/core/payments'
import { addDays } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findAttempts } from '../../payments/index.ts'
import {
  checkLodgements,
  findMandates,
  listDueCollections,
  toDates,
} from '../../payments/mandates/index.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { dateOf } from './date-of.ts'
import { moveDebits, type DebitMove, type DueDebit } from './move-debits.ts'
import { submitDebits } from './submit-debits.ts'

/**
 * Instructions whose answer is due, and the next step of a batch of debits whose day has come: announced, handed in, or
 * followed to their end. Returns how many moved.
 */
export async function runDirectDebits(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { until, decideAt } = window
  const contextAt = (at: DueDebit['at']) => contextOf(deps, scope, at)
  const decided = await checkLodgements(deps, contextAt, { until, decideAt })
  const debits = await deps.database.tx((tx) => loadDue(tx, deps, scope, window))
  if (debits.length === 0) return decided
  const followed = await deps.database.tx(async (tx) => {
    const moves = [...announce(debits), ...(await settle(tx, scope, debits))]
    return moveDebits(deps, scope, { tx, moves })
  })
  const notified = debits.filter(({ row }) => row.status === 'notified')
  return decided + followed.size + (await submitDebits(deps, scope, notified))
}

async function loadDue(
  tx: Tx,
  deps: Pick<BillingDeps, 'batchSize'>,
  { accountId }: BillingScope,
  window: DueWindow,
): Promise<readonly DueDebit[]> {
  const rows = await listDueCollections(tx, accountId, window.until, deps.batchSize)
  const ids = [...new Set(rows.map((row) => row.mandate_id))]
  const mandates = await findMandates(tx, accountId, ids)
  const mandateOf = new Map(mandates.map((mandate) => [mandate.id, mandate]))
  return rows.map((row) => {
    const mandate = mandateOf.get(row.mandate_id)
    assert(mandate !== undefined, 'a collection belongs to a mandate')
    return { row, mandate, at: decidedAt(window, row.due_at) }
  })
}

/** Their payers are told: of later dates where nobody came to tell them in time, and then on a banking day. */
function announce(debits: readonly DueDebit[]): readonly DebitMove[] {
  const planned = debits.filter(({ row }) => row.status === 'scheduled')
  return planned.map((debit) => {
    const { row, at } = debit
    const late = planLateNotice({ noticeOn: dateOf(row.notice_on) }, bacsDayAt(at))
    const dates = late === null ? {} : toDates(late)
    if (late !== null && onBacsDay(late.noticeOn) > at)
      return {
        ...debit,
        change: { status: 'scheduled', due_at: onBacsDay(late.noticeOn), ...dates },
      }
    const due_at = onBacsDay(late?.submissionOn ?? dateOf(row.submission_on))
    return { ...debit, change: { status: 'notified', due_at, ...dates } }
  })
}

/** By the settlement date the bank has refused it, or it is paid; where the gateway is late, it is asked the next day. */
async function settle(
  tx: Tx,
  { accountId }: BillingScope,
  debits: readonly DueDebit[],
): Promise<readonly DebitMove[]> {
  const submitted = debits.filter(({ row }) => row.status === 'submitted')
  if (submitted.length === 0) return []
  const ids = submitted.flatMap(({ row }) => row.attempt_id ?? [])
  const attempts = await findAttempts(tx, accountId, ids)
  const attemptOf = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  return submitted.map((debit) => {
    const id = debit.row.attempt_id
    const attempt = id === null ? undefined : attemptOf.get(id)
    assert(attempt !== undefined, 'a debit that was handed in has its attempt')
    const { state, decline } = attempt
    if (state === 'succeeded') return { ...debit, change: { status: 'succeeded', due_at: null } }
    if (state !== 'declined' && state !== 'canceled')
      return { ...debit, change: { status: 'submitted', due_at: addDays(debit.at, 1) } }
    const failure_code = decline?.code ?? state
    return { ...debit, change: { status: 'failed', due_at: null, failure_code } }
  })
}
