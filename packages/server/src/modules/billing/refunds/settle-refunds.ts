import { decideRefundSettlement } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Refund, RefundOutcome } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findCreditNote, findInvoice } from '../../invoices/index.ts'
import { listStandingOfRefund } from '../../ledger/index.ts'
import {
  findRefund,
  listRefundsOfNote,
  lockRefund,
  lookUpRefunds,
  sendRefunds,
  type RefundAnswer,
} from '../../payments/index.ts'
import { parkNotice } from '../../payments/notices/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { cancelWith } from '../subscriptions/change-subscription.ts'
import { contextOf, leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { lockSale } from './lock-sale.ts'

export type RefundTold = { readonly refundId: Uuid; readonly outcome: RefundOutcome }

export type RefundCounts = {
  readonly succeeded: number
  readonly failed: number
  readonly waiting: number
}

const NOTHING: RefundCounts = { succeeded: 0, failed: 0, waiting: 0 }

/**
 * Feeds gateways' answers to refunds back in, each in a transaction of its own: several may be of one sale or one
 * credit note, and the next is decided on what the one before it left. Answers that tell nothing new are ignored.
 */
export async function settleRefunds(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly RefundTold[],
  at: Instant,
): Promise<RefundCounts> {
  return settleEach(deps, scope, answers, { at, isAsked: false })
}

/** `isAsked`: we asked for the answers, so nobody else keeps those that contradict what is booked. */
type Telling = { readonly at: Instant; readonly isAsked: boolean }

async function settleEach(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly RefundTold[],
  telling: Telling,
): Promise<RefundCounts> {
  let counts = NOTHING
  for (const answer of answers) {
    const result = await settleOne(deps, scope, answer, telling)
    counts = {
      succeeded: counts.succeeded + (result === 'succeeded' ? 1 : 0),
      failed: counts.failed + (result === 'failed' || result === 'undone' ? 1 : 0),
      waiting: counts.waiting + (result === 'waiting' ? 1 : 0),
    }
  }
  return counts
}

async function settleOne(
  deps: BillingDeps,
  scope: BillingScope,
  { refundId, outcome }: RefundTold,
  { at, isAsked }: Telling,
): Promise<'succeeded' | 'failed' | 'undone' | 'waiting' | 'ignored'> {
  const { accountId } = scope
  return deps.database.tx(
    async (tx) => {
      const seen = await findRefund(tx, accountId, refundId)
      if (seen === null) return 'ignored'
      const { transactionId: saleId, invoiceId, creditNoteId } = seen
      const canceledId = await lockCanceled(tx, accountId, creditNoteId)
      const locked = await lockSale(tx, accountId, { saleId, invoiceId, creditNoteId })
      const refund = await lockRefund(tx, accountId, refundId)
      assert(locked !== null && refund !== null, 'a refund takes back from a sale of its account')
      const [posted, refunds] = await Promise.all([
        listStandingOfRefund(tx, accountId, refundId),
        creditNoteId === null ? [] : listRefundsOfNote(tx, accountId, creditNoteId),
      ])
      const note = locked.note === null ? null : { note: locked.note, refunds }
      const tools = toolsOf(deps)
      const state = { ...locked, refund, posted, note }
      const { result, changes } = decideRefundSettlement(state, outcome, at, tools)
      if (result === 'ignored') {
        const isContradicted = refund.status === 'failed' && outcome.kind === 'succeeded'
        if (isAsked && isContradicted) await park(deps, tx, { scope, refund, outcome, at })
        return result
      }
      const given = { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId }
      await applyChanges(tx, scope, given)
      const isIssued = changes.changedCreditNotes.some(({ status }) => status === 'issued')
      if (isIssued && result !== 'undone' && canceledId !== null) {
        const canceled = { tx, id: canceledId, reason: 'credit_note' }
        await cancelWith(deps, contextOf(deps, scope, at), canceled)
      }
      return result
    },
    { retry: true },
  )
}

/** The subscription that ends with a credit note, locked before its invoice, as every batch locks them. */
async function lockCanceled(
  tx: Tx,
  accountId: Uuid,
  creditNoteId: Uuid | null,
): Promise<Uuid | null> {
  const note = creditNoteId === null ? null : await findCreditNote(tx, accountId, creditNoteId)
  if (note?.cancelsSubscription !== true) return null
  const { subscriptionId = null } = (await findInvoice(tx, accountId, note.invoiceId)) ?? {}
  if (subscriptionId !== null) await lockSubscriptions(tx, accountId, [subscriptionId])
  return subscriptionId
}

/** Money went back that is booked as not gone, and may be refunded once more: a person has to look. */
async function park(
  deps: BillingDeps,
  tx: Tx,
  given: {
    readonly scope: BillingScope
    readonly refund: Refund
    readonly outcome: Extract<RefundOutcome, { kind: 'succeeded' }>
    readonly at: Instant
  },
): Promise<void> {
  const { refund, outcome, at } = given
  const { accountId } = given.scope
  const { id, gatewayId, amountMinor, currency, chargeReference } = refund
  assert(gatewayId !== null, 'a gateway has answered')
  const notice = {
    id: `answer ${id}`,
    at,
    kind: 'refund',
    idempotencyKey: id,
    chargeReference,
    refundReference: outcome.gatewayReference,
    amountMinor,
    currency,
    outcome,
  } as const
  const receivedAt = deps.clock.now()
  const kept = { accountId, gatewayId, nextId: () => deps.ids.next(), receivedAt, leaseMs: deps.leaseMs } // prettier-ignore
  await parkNotice(tx, kept, { notice, reason: 'the refund is booked as failed' })
}

/**
 * Asks gateways for refunds that were committed as `processing`, and settles their answers. One whose answer got lost
 * is looked up at once; what is still unknown then keeps its lease, and the worker looks it up again.
 */
export async function askForRefunds(
  deps: BillingDeps,
  scope: BillingScope,
  refunds: readonly Refund[],
  at: Instant,
): Promise<RefundCounts> {
  const asked = refunds.filter(({ status }) => status === 'processing')
  if (asked.length === 0) return NOTHING
  const given = { accountId: scope.accountId, at }
  const answers = await sendRefunds(deps, given, asked)
  await deps.onStep?.('sent')
  const settled = await settleEach(deps, scope, answers.map(toTold), { at, isAsked: true })
  const lost = answers.filter(({ outcome }) => outcome.kind === 'unknown')
  const found = await findLostRefunds(
    deps,
    scope,
    lost.map(({ refund }) => refund),
    at,
  )
  await deps.onStep?.('settled')
  return added(settled, found)
}

/** Asks the gateways what became of refunds, and settles what they tell. */
export async function findLostRefunds(
  deps: BillingDeps,
  scope: BillingScope,
  refunds: readonly Refund[],
  at: Instant,
): Promise<RefundCounts> {
  if (refunds.length === 0) return NOTHING
  const answers = await lookUpRefunds(deps, { accountId: scope.accountId, at }, refunds)
  return settleEach(deps, scope, answers.map(toTold), { at, isAsked: true })
}

function toTold({ refund, outcome }: RefundAnswer): RefundTold {
  return { refundId: refund.id, outcome }
}

function added(one: RefundCounts, other: RefundCounts): RefundCounts {
  return {
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    waiting: one.waiting + other.waiting,
  }
}
