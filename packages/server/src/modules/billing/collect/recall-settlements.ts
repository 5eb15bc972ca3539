import type { DueDecision, SettlementState, SubscriptionState } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { lockUnchanged, type Tx, type WriterId } from '../../../platform/db/index.ts'
import type { AttemptOutcome } from '../../payments/index.ts'
import { listInvoicesWithClosedCase, listOpenCases } from '../../recovery/index.ts'
import { loadOverdue } from '../load/load-overdue.ts'

/**
 * What a batch had in memory of its attempts when it committed them, by attempt: their answers come a moment later,
 * and are settled on it unless somebody else has written one of its rows meanwhile.
 */
export type Remembered = {
  readonly writtenBy: WriterId
  readonly states: ReadonlyMap<Uuid, SettlementState>
}

/**
 * The state in which the answer to a renewal's charge will find everything, if nothing else happens. Null for steps
 * that leave no attempt, or more behind than a renewal does, and where a route may go on after the answer.
 */
export function settlementAfter(
  before: SubscriptionState,
  { step, subscription, changes }: DueDecision,
  numbered: (invoice: Invoice) => Invoice,
): SettlementState | null {
  const [attempt] = changes.newAttempts
  if (step !== 'renew' || attempt === undefined || before.routing !== undefined) return null
  const [invoice] = changes.newInvoices
  const [renewal] = changes.newRenewals
  assert(invoice !== undefined && renewal !== undefined, 'a renewal that charges has a bill')
  const isUsed = (route: SubscriptionState['routes'][number]): boolean =>
    route.paymentMethodId === attempt.paymentMethodId && route.gatewayId === attempt.gatewayId
  return {
    attempt,
    invoice: numbered(invoice),
    lines: changes.newLines,
    renewal,
    billed: { ...before, subscription, routes: [], creditMinor: 0n },
    route: before.routes.find(isUsed) ?? null,
  }
}

/**
 * The states of answers from memory, with their subscriptions locked. Invoices and attempts that will be written, as those
 * of approved charges always are, are compared when they are; those of the others are locked here. Null when one is not
 * remembered, or not as it was: then all are loaded. Cases are read anew, because there is no row to compare before one
 * is opened.
 */
export async function recallSettlements(
  tx: Tx,
  accountId: Uuid,
  answers: readonly AttemptOutcome[],
  { states, writtenBy }: Remembered,
): Promise<SettlementState[] | null> {
  const recalled = answers.flatMap(({ attempt }) => states.get(attempt.id) ?? [])
  if (recalled.length < answers.length) return null
  const subscriptionIds = recalled.flatMap(({ billed }) => billed?.subscription.id ?? [])
  const refused = answers.filter(({ outcome }) => outcome.kind !== 'succeeded')
  const lock = (table: 'subscriptions' | 'invoices' | 'payment_attempts', ids: readonly Uuid[]) =>
    lockUnchanged(tx, table, { accountId, ids, writtenBy })
  // They travel together and are answered one after the other, so the locks are taken in this order.
  const [sameSubscriptions, sameInvoices, sameAttempts, cases, closed] = await Promise.all([
    lock('subscriptions', subscriptionIds),
    lock(
      'invoices',
      refused.flatMap(({ attempt }) => attempt.invoiceId ?? []),
    ),
    lock(
      'payment_attempts',
      refused.map(({ attempt }) => attempt.id),
    ),
    listOpenCases(tx, accountId, subscriptionIds),
    listInvoicesWithClosedCase(
      tx,
      accountId,
      refused.flatMap(({ attempt }) => attempt.invoiceId ?? []),
    ),
  ])
  if (!sameSubscriptions || !sameInvoices || !sameAttempts) return null
  const casesOf = Map.groupBy(cases, (open) => open.subscriptionId)
  const billed = recalled.flatMap((state) => state.billed?.subscription ?? [])
  const overdue = await loadOverdue(tx, accountId, billed)
  return recalled.map(({ billed, ...state }) => ({
    ...state,
    billed:
      billed === null
        ? null
        : {
            ...billed,
            openCases: casesOf.get(billed.subscription.id) ?? NO_CASES,
            overdueInvoiceIds: overdue.get(billed.subscription.id) ?? [],
          },
    isRecoveryOver: closed.has(state.invoice.id),
  }))
}

const NO_CASES: SubscriptionState['openCases'] = []
