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
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { findAttempt } from '../../payments/index.ts'
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
import { collect } from '../collect.ts'
import { beginPayment } from '../pay-invoice.ts'
import type { DueWindow } from '../run-due-batch.ts'
import { contextOf, scopeOf, type BillingDeps, type BillingScope } from '../scope.ts'
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

/**
 * Hands the debit in, unless something has come between since it was announced. The debit and the attempt that takes it are
 * written together, so that of several workers one hands it in, and what that one has begun is never taken for a failure.
 */
async function submit(deps: BillingDeps, context: CommandContext, at: Step): Promise<boolean> {
  const begun = await asOne(context, (whole) => begin(deps, whole, at)).catch(unlessTaken)
  if (begun === 'taken') return false
  if (begun.kind === 'left') return leave(deps, context, at, begun.decided)
  if (begun.kind === 'being_paid')
    return write(context, at, { status: 'notified', due_at: addMs(context.now, MS_PER_HOUR) })
  await deps.onStep?.('applied')
  await collect(deps, scopeOf(context), [begun.attempt], { atOf: () => context.now })
  return true
}

type Begun =
  | { readonly kind: 'begun'; readonly attempt: PaymentAttempt }
  | { readonly kind: 'left'; readonly decided: Exclude<DebitDecision, { kind: 'submit' }> }
  /** Somebody pays it just now: what comes of that decides. */
  | { readonly kind: 'being_paid' }

async function begin(deps: BillingDeps, whole: CommandContext, at: Step): Promise<Begun> {
  const { row, mandate } = at
  const decided = await whole.inTx((tx) => decideNow(tx, whole, at))
  if (decided.kind !== 'submit') return { kind: 'left', decided }
  const decision = await beginPayment(deps, whole, {
    invoiceId: row.invoice_id,
    paymentMethodId: mandate.paymentMethodId,
    amountMinor: row.amount_minor,
  })
  if (decision.kind === 'refused') {
    const { code } = decision
    if (code === 'invoice_being_paid') return { kind: 'being_paid' }
    return { kind: 'left', decided: { kind: 'fail', code } }
  }
  const [attempt] = decision.value
  assert(attempt !== undefined, 'a debit that is handed in has its attempt')
  const due_at = onBacsDay(dateOf(row.settlement_on))
  const submitted = { status: 'submitted', due_at, attempt_id: attempt.id } as const
  if (!(await write(whole, at, submitted))) throw new DebitTaken()
  return { kind: 'begun', attempt }
}

/** Another worker has moved the debit on meanwhile: what this one has written is undone. */
class DebitTaken extends Error {
  override readonly name = 'DebitTaken'
}

function unlessTaken(error: unknown): 'taken' {
  if (error instanceof DebitTaken) return 'taken'
  throw error
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
