import { decideCalledOff, decideDebit, decideUncollected } from '@perennial/core/billing'
import type { DebitDecision } from '@perennial/core/billing'
import { assert, assertNever, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { bacsDayAt, onBacsDay, planCollection, type PaymentAttempt } from '@perennial/core/payments'
import { addDays, addMs, maxInstant, MS_PER_HOUR } from '@perennial/core/time'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import { isFaultOfRows, type Tx } from '../../../platform/db/index.ts'
import { findInvoices } from '../../invoices/index.ts'
import { listLivePayments } from '../../payments/index.ts'
import { toDates } from '../../payments/mandates/index.ts'
import { findSubscriptions } from '../../subscriptions/index.ts'
import { collect } from '../collect/collect.ts'
import { beginPayment } from '../invoices/pay-invoice.ts'
import { contextOf, scopeOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { dateOf } from './date-of.ts'
import { leaveBill } from './leave-bill.ts'
import { moveDebits, type DebitMove, type DueDebit } from './move-debits.ts'

type Decided<Kind extends DebitDecision['kind'] = DebitDecision['kind']> = {
  readonly debit: DueDebit
  readonly decision: Extract<DebitDecision, { readonly kind: Kind }>
}

/**
 * Hands debits in on their day, unless something has come between since they were announced: all are looked at at once, each
 * bill is charged or left under its own locks, and the charges are sent together. Returns how many moved.
 */
export async function submitDebits(
  deps: BillingDeps,
  scope: BillingScope,
  debits: readonly DueDebit[],
): Promise<number> {
  if (debits.length === 0) return 0
  const decided = await deps.database.tx((tx) => decideNow(tx, scope, debits))
  const put: DebitMove[] = decided.flatMap(({ debit, decision }) => putOff(debit, decision) ?? [])
  const moved = await move(deps, scope, put)
  const begun: { readonly attempt: PaymentAttempt; readonly debit: DueDebit }[] = []
  let others = 0
  for (const { debit, decision } of decided) {
    if (decision.kind === 'hold' || decision.kind === 'announce_again') continue
    const done = await takeApart(deps, scope, { debit, decision })
    if (done.attempt !== null) begun.push({ attempt: done.attempt, debit })
    if (done.isMoved) others += 1
  }
  if (begun.length > 0) {
    await deps.onStep?.('applied')
    const atOf = new Map(begun.map(({ attempt, debit }) => [attempt.id, debit.at]))
    const attempts = begun.map(({ attempt }) => attempt)
    await collect(deps, scope, attempts, { atOf: ({ id, createdAt }) => atOf.get(id) ?? createdAt })
  }
  return moved.size + others
}

/** Most days there is nothing to put off. */
async function move(
  deps: BillingDeps,
  scope: BillingScope,
  moves: readonly DebitMove[],
): Promise<ReadonlySet<Uuid>> {
  if (moves.length === 0) return new Set()
  return deps.database.tx((tx) => moveDebits(deps, scope, { tx, moves }))
}

async function decideNow(
  tx: Tx,
  { accountId }: BillingScope,
  debits: readonly DueDebit[],
): Promise<readonly Decided[]> {
  const invoiceIds = debits.map(({ row }) => row.invoice_id)
  const invoices = await findInvoices(tx, accountId, invoiceIds)
  const live = await listLivePayments(tx, accountId, invoiceIds)
  const subscriptionIds = invoices.flatMap(({ subscriptionId }) => subscriptionId ?? [])
  const subscriptions = await findSubscriptions(tx, accountId, [...new Set(subscriptionIds)])
  const invoiceOf = new Map(invoices.map((invoice) => [invoice.id, invoice]))
  const statusOf = new Map(subscriptions.map(({ id, status }) => [id, status]))
  return debits.map((debit) => {
    const { row, mandate, at } = debit
    const invoice = invoiceOf.get(row.invoice_id)
    assert(invoice !== undefined, 'a debit is of an invoice')
    const { subscriptionId } = invoice
    const announced = {
      amountMinor: row.amount_minor,
      submissionOn: dateOf(row.submission_on),
      mandateStatus: mandate.status,
      invoice,
      isBeingPaid: live.has(invoice.id),
      subscriptionStatus: (subscriptionId === null ? null : statusOf.get(subscriptionId)) ?? null,
    }
    return { debit, decision: decideDebit(announced, bacsDayAt(at)) }
  })
}

/** What is not handed in today, and may be on another day. */
function putOff(debit: DueDebit, decision: DebitDecision): DebitMove | null {
  const { at } = debit
  switch (decision.kind) {
    case 'hold':
      return { ...debit, change: { status: 'notified', due_at: addDays(at, 1) } }
    case 'announce_again': {
      const dates = planCollection(bacsDayAt(at), null)
      const due_at = maxInstant(at, onBacsDay(dates.noticeOn))
      const told = { ...toDates(dates), amount_minor: decision.amountMinor }
      return { ...debit, change: { status: 'scheduled', due_at, ...told } }
    }
    case 'submit':
    case 'cancel':
    case 'fail':
      return null
    default:
      return assertNever(decision)
  }
}

type Taken = { readonly isMoved: boolean; readonly attempt: PaymentAttempt | null }

/** One that faults holds up no other: it is looked at again the next day. */
async function takeApart(
  deps: BillingDeps,
  scope: BillingScope,
  { debit, decision }: Decided<'submit' | 'cancel' | 'fail'>,
): Promise<Taken> {
  try {
    return await take(deps, scope, { debit, decision })
  } catch (error) {
    if (!isFaultOfRows(error)) throw error
    const reason = messageOf(error)
    const { id } = debit.row
    deps.log.error({ accountId: scope.accountId, collectionId: id, reason }, 'debit put off')
    const later = {
      ...debit,
      change: { status: 'notified', due_at: addDays(debit.at, 1) },
    } as const
    await move(deps, scope, [later])
    return { isMoved: false, attempt: null }
  }
}

async function take(
  deps: BillingDeps,
  scope: BillingScope,
  { debit, decision }: Decided<'submit' | 'cancel' | 'fail'>,
): Promise<Taken> {
  if (decision.kind !== 'submit') return leave(deps, scope, { debit, decision })
  const begun = await asOne(contextOf(deps, scope, debit.at), (whole) =>
    begin(deps, whole, debit),
  ).catch(unlessTaken)
  switch (begun.kind) {
    case 'begun':
      return { isMoved: true, attempt: begun.attempt }
    case 'refused': {
      const { code } = begun
      return leave(deps, scope, { debit, decision: { kind: 'fail', code } })
    }
    case 'being_paid': {
      const due_at = addMs(debit.at, MS_PER_HOUR)
      const moves = [{ ...debit, change: { status: 'notified', due_at } }] as const
      const moved = await move(deps, scope, moves)
      return { isMoved: moved.size > 0, attempt: null }
    }
    case 'taken':
      return { isMoved: false, attempt: null }
    default:
      return assertNever(begun)
  }
}

type Begun =
  | { readonly kind: 'begun'; readonly attempt: PaymentAttempt }
  | { readonly kind: 'refused'; readonly code: string }
  /** Somebody pays it just now: what comes of that decides. */
  | { readonly kind: 'being_paid' }
  | { readonly kind: 'taken' }

/**
 * The debit and the attempt that takes it are written together, so that of several workers one hands it in, and what that one
 * has begun is never taken for a failure.
 */
async function begin(deps: BillingDeps, whole: CommandContext, debit: DueDebit): Promise<Begun> {
  const { row, mandate } = debit
  const scope = scopeOf(whole)
  const decision = await beginPayment(deps, whole, {
    invoiceId: row.invoice_id,
    paymentMethodId: mandate.paymentMethodId,
    amountMinor: row.amount_minor,
  })
  if (decision.kind === 'refused') {
    const { code } = decision
    return code === 'invoice_being_paid' ? { kind: 'being_paid' } : { kind: 'refused', code }
  }
  const [attempt] = decision.value
  assert(attempt !== undefined, 'a debit that is handed in has its attempt')
  const due_at = onBacsDay(dateOf(row.settlement_on))
  const change = { status: 'submitted', due_at, attempt_id: attempt.id } as const
  const moves = [{ ...debit, change }]
  const moved = await whole.inTx((tx) => moveDebits(deps, scope, { tx, moves }))
  if (moved.size === 0) throw new DebitTaken()
  return { kind: 'begun', attempt }
}

/** Another worker has moved the debit on meanwhile: what this one has written is undone. */
class DebitTaken extends Error {
  override readonly name = 'DebitTaken'
}

function unlessTaken(error: unknown): Begun {
  if (error instanceof DebitTaken) return { kind: 'taken' }
  throw error
}

/** A debit that is not made, and what that means for its bill. */
async function leave(
  deps: BillingDeps,
  scope: BillingScope,
  { debit, decision }: Decided<'cancel' | 'fail'>,
): Promise<Taken> {
  const { at, row } = debit
  const { code } = decision
  const isFailed = decision.kind === 'fail'
  const change = {
    status: isFailed ? 'failed' : 'cancelled',
    due_at: null,
    failure_code: code,
  } as const
  const isMoved = await deps.database.tx(
    async (tx) => {
      const moved = await moveDebits(deps, scope, { tx, moves: [{ ...debit, change }] })
      if (moved.size === 0) return false
      const bill = { tx, invoiceId: row.invoice_id }
      await leaveBill(deps, contextOf(deps, scope, at), bill, (state, tools) =>
        isFailed ? decideUncollected(state, code, at, tools) : decideCalledOff(state, at, tools),
      )
      return true
    },
    // Whoever hands it in at the same moment holds the bill first.
    { retry: true },
  )
  return { isMoved, attempt: null }
}
