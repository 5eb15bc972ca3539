import { assert } from '@perennial/core/fault'
import type { Mandate, PaymentAttempt } from '@perennial/core/payments'
import { addDays, parsePlainDate, type Instant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { findAttempt, findLatestAttempt } from '../../payments/index.ts'
import {
  checkLodgements,
  findMandate,
  listDueCollections,
  moveCollection,
  onBacsDay,
  toCollectionEvent,
  type CollectionRow,
} from '../../payments/mandates/index.ts'
import { payInvoice } from '../pay-invoice.ts'
import type { DueWindow } from '../run-due-batch.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { queueNotice } from './queue-notice.ts'

/** Instructions whose answer is due, and the next step of every debit whose day has come. Returns how many moved. */
export async function runDirectDebits(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { until, decideAt } = window
  const contextAt = (at: Instant): CommandContext => contextOf(deps, scope, at)
  let moved = await checkLodgements(deps, contextAt, { until, decideAt })
  const due = await deps.database.tx((tx) =>
    listDueCollections(tx, scope.accountId, until, deps.batchSize),
  )
  for (const row of due) {
    const context = contextAt(decideAt === 'due' ? (row.due_at ?? until) : until)
    if (await step(deps, context, row)) moved += 1
  }
  return moved
}

async function step(
  deps: BillingDeps,
  context: CommandContext,
  row: CollectionRow,
): Promise<boolean> {
  const { accountId } = context
  const mandate = await context.inTx((tx) => findMandate(tx, { accountId, id: row.mandate_id }))
  assert(mandate !== null, 'a collection belongs to a mandate')
  switch (row.status) {
    case 'scheduled':
      return write(context, { row, mandate }, { status: 'notified', due_at: on(row.submission_on) })
    case 'notified':
      return submit(deps, context, { row, mandate })
    case 'submitted':
      return settle(context, { row, mandate })
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return false
  }
}

type Step = { readonly row: CollectionRow; readonly mandate: Mandate }

function on(day: string): Instant {
  const date = parsePlainDate(day)
  assert(date !== null, 'a stored date is one')
  return onBacsDay(date)
}

/** Hands the debit in. A crash in between is met by the attempt that it left behind: nothing is debited twice. */
async function submit(deps: BillingDeps, context: CommandContext, at: Step): Promise<boolean> {
  const { row, mandate } = at
  const own = await findOwnAttempt(context, at)
  if (own !== null) return submitted(context, at, own)
  if (mandate.status !== 'active') return fail(context, at, `mandate_${mandate.status}`)
  const decision = await payInvoice(deps, context, {
    invoiceId: row.invoice_id,
    paymentMethodId: mandate.paymentMethodId,
    amountMinor: row.amount_minor,
  })
  if (decision.kind === 'refused') return fail(context, at, decision.code)
  const made = await findOwnAttempt(context, at)
  assert(made !== null, 'a debit that was handed in has its attempt')
  return submitted(context, at, made)
}

/** The attempt of this debit: of its method, and made since it was due. */
async function findOwnAttempt(
  context: CommandContext,
  { row, mandate }: Step,
): Promise<PaymentAttempt | null> {
  const latest = await context.inTx((tx) =>
    findLatestAttempt(tx, context.accountId, row.invoice_id),
  )
  const isOwn =
    latest?.paymentMethodId === mandate.paymentMethodId &&
    latest.createdAt >= (row.due_at ?? row.created_at)
  return isOwn ? latest : null
}

function submitted(context: CommandContext, at: Step, attempt: PaymentAttempt): Promise<boolean> {
  const due_at = on(at.row.settlement_on)
  return write(context, at, { status: 'submitted', due_at, attempt_id: attempt.id })
}

/** By the settlement date the bank has refused it, or it is paid; where the gateway is late, it is asked the next day. */
async function settle(context: CommandContext, at: Step): Promise<boolean> {
  const { attempt_id: attemptId } = at.row
  assert(attemptId !== null, 'a debit that was handed in has its attempt')
  const attempt = await context.inTx((tx) => findAttempt(tx, context.accountId, attemptId))
  assert(attempt !== null, 'an attempt is never deleted')
  if (attempt.state === 'succeeded')
    return write(context, at, { status: 'succeeded', due_at: null })
  if (attempt.state === 'declined' || attempt.state === 'canceled')
    return fail(context, at, attempt.decline?.code ?? attempt.state)
  return write(context, at, { status: 'submitted', due_at: addDays(context.now, 1) })
}

function fail(context: CommandContext, at: Step, failure_code: string): Promise<boolean> {
  return write(context, at, { status: 'failed', due_at: null, failure_code })
}

/** What a debit's new state tells; its money counts as settled once no bank can refuse it any more. */
const EVENTS = {
  notified: ['collection.notice_sent'],
  succeeded: ['collection.succeeded', 'settlement.created'],
  failed: ['collection.failed'],
} as const

/** False when another worker was faster. */
async function write(
  context: CommandContext,
  { row, mandate }: Step,
  change: Pick<CollectionRow, 'status' | 'due_at'> &
    Partial<Pick<CollectionRow, 'attempt_id' | 'failure_code'>>,
): Promise<boolean> {
  const { attempt_id, failure_code } = row
  const next: CollectionRow = {
    ...row,
    attempt_id,
    failure_code,
    ...change,
    updated_at: context.now,
  }
  const { customerId } = mandate
  return context.inTx(async (tx) => {
    if (!(await moveCollection(tx, row, next))) return false
    const { status } = next
    if (status === 'notified' || status === 'succeeded' || status === 'failed')
      await recordEvents(
        tx,
        EVENTS[status].map((type) => toCollectionEvent(context, type, { row: next, customerId })),
      )
    if (status === 'notified') await queueNotice(tx, context, { row: next, mandate })
    return true
  })
}
