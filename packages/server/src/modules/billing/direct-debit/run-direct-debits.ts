import { decideDebit, type DebitDecision } from '@perennial/core/billing'
import { assert, assertNever } from '@perennial/core/fault'
import {
  bacsDayAt,
  onBacsDay,
  planCollection,
  type Mandate,
  type PaymentAttempt,
} from '@perennial/core/payments'
import {
  addDays,
  addMs,
  maxInstant,
  MS_PER_HOUR,
  parsePlainDate,
  type Instant,
  type PlainDate,
} from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { findAttempt, findLatestAttempt } from '../../payments/index.ts'
import {
  checkLodgements,
  findMandate,
  listDueCollections,
  moveCollection,
  toCollectionEvent,
  toDates,
  type CollectionRow,
} from '../../payments/mandates/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { payInvoice } from '../pay-invoice.ts'
import type { DueWindow } from '../run-due-batch.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { leaveUncollected } from './leave-uncollected.ts'
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
      return write(
        context,
        { row, mandate },
        { status: 'notified', due_at: onBacsDay(dateOf(row.submission_on)) },
      )
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

function dateOf(day: string): PlainDate {
  const date = parsePlainDate(day)
  assert(date !== null, 'a stored date is one')
  return date
}

/** Hands the debit in, unless something has come between since it was announced. A crash in between is met by the attempt that it left behind: nothing is debited twice. */
async function submit(deps: BillingDeps, context: CommandContext, at: Step): Promise<boolean> {
  const { row, mandate } = at
  const own = await findOwnAttempt(context, at)
  if (own !== null) return submitted(context, at, own)
  const decided = await context.inTx((tx) => decideNow(tx, context, at))
  if (decided.kind !== 'submit') return leave(deps, context, at, decided)
  const decision = await payInvoice(deps, context, {
    invoiceId: row.invoice_id,
    paymentMethodId: mandate.paymentMethodId,
    amountMinor: row.amount_minor,
  })
  if (decision.kind === 'refused') {
    const { code } = decision
    // Somebody pays it just now: what comes of that decides.
    if (code === 'invoice_being_paid')
      return write(context, at, { status: 'notified', due_at: addMs(context.now, MS_PER_HOUR) })
    return leave(deps, context, at, { kind: 'fail', code })
  }
  const made = await findOwnAttempt(context, at)
  assert(made !== null, 'a debit that was handed in has its attempt')
  return submitted(context, at, made)
}

async function decideNow(
  tx: Tx,
  { accountId, now }: CommandContext,
  { row, mandate }: Step,
): Promise<DebitDecision> {
  const invoice = await findInvoice(tx, accountId, row.invoice_id)
  assert(invoice !== null, 'a debit is of an invoice')
  const { subscriptionId } = invoice
  const subscription =
    subscriptionId === null ? null : await findSubscription(tx, accountId, subscriptionId)
  const debit = {
    amountMinor: row.amount_minor,
    submissionOn: dateOf(row.submission_on),
    mandateStatus: mandate.status,
    invoice,
    subscriptionStatus: subscription?.status ?? null,
  }
  return decideDebit(debit, bacsDayAt(now))
}

/** What becomes of a debit that is not handed in today. */
function leave(
  deps: BillingDeps,
  context: CommandContext,
  at: Step,
  decided: Exclude<DebitDecision, { kind: 'submit' }>,
): Promise<boolean> {
  const { now } = context
  const { invoice_id: invoiceId } = at.row
  switch (decided.kind) {
    case 'hold':
      return write(context, at, { status: 'notified', due_at: addDays(now, 1) })
    case 'announce_again': {
      const dates = planCollection(bacsDayAt(now), null)
      const due_at = maxInstant(now, onBacsDay(dates.noticeOn))
      const told = { ...toDates(dates), amount_minor: decided.amountMinor }
      return write(context, at, { status: 'scheduled', due_at, ...told })
    }
    case 'cancel':
      return write(context, at, { status: 'cancelled', due_at: null, failure_code: decided.code })
    case 'fail': {
      const { code } = decided
      const failed = { status: 'failed', due_at: null, failure_code: code } as const
      return write(context, at, failed, (tx) =>
        leaveUncollected(deps, context, { tx, invoiceId, code }),
      )
    }
    default:
      return assertNever(decided)
  }
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
  const due_at = onBacsDay(dateOf(at.row.settlement_on))
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
    return write(context, at, {
      status: 'failed',
      due_at: null,
      failure_code: attempt.decline?.code ?? attempt.state,
    })
  return write(context, at, { status: 'submitted', due_at: addDays(context.now, 1) })
}

/** What a debit's new state tells; its money counts as settled once no bank can refuse it any more. */
const EVENTS = {
  notified: ['collection.notice_sent'],
  succeeded: ['collection.succeeded', 'settlement.created'],
  failed: ['collection.failed'],
  cancelled: ['collection.cancelled'],
} as const

/** False when another worker was faster. `follow`: what is written with it. */
async function write(
  context: CommandContext,
  { row, mandate }: Step,
  change: Pick<CollectionRow, 'status' | 'due_at'> & Partial<CollectionRow>,
  follow?: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  const next: CollectionRow = { ...row, ...change, updated_at: context.now }
  const { customerId } = mandate
  return context.inTx(async (tx) => {
    if (!(await moveCollection(tx, row, next))) return false
    const { status } = next
    // What is put off was told before.
    if (status === row.status || status === 'scheduled' || status === 'submitted') return true
    await recordEvents(
      tx,
      EVENTS[status].map((type) => toCollectionEvent(context, type, { row: next, customerId })),
    )
    if (status === 'notified') await queueNotice(tx, context, { row: next, mandate })
    await follow?.(tx)
    return true
  })
}
