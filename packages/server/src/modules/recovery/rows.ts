import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CaseDecision, RecoveryCase, RecoveryPolicy } from '@perennial/core/recovery'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type CaseRow = Selectable<DB['recovery_cases']>
/** `is_exploring`: see `IS_EXPLORING`. */
export type DecisionRow = Selectable<DB['recovery_decisions']> & { readonly is_exploring: boolean }

export function toCase(row: CaseRow): RecoveryCase {
  return {
    id: row.id,
    invoiceId: row.invoice_id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    state: row.state,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    // As it was written by `toCaseUpdate`.
    policy: row.policy as RecoveryPolicy | null,
    retriesMade: row.retries_made,
    nextAttemptAt: row.next_attempt_at,
    waitsFor: row.waits_for,
    gatewayId: row.gateway_id,
    planAt: row.plan_at,
    timesMoved: row.times_moved,
    retryNowAt: row.retry_now_at,
    firstDeclineCode: row.first_decline_code ?? 'generic_decline',
    lastDeclineCode: row.last_decline_code ?? 'generic_decline',
    openedAt: row.opened_at,
    countsFrom: row.counts_from ?? row.opened_at,
    excusedTo: row.excused_to,
    closedAt: row.closed_at,
  }
}

export function toCaseUpdate(accountId: Uuid, recovery: RecoveryCase) {
  return {
    account_id: accountId,
    id: recovery.id,
    state: recovery.state,
    policy: recovery.policy,
    retries_made: recovery.retriesMade,
    next_attempt_at: recovery.nextAttemptAt,
    waits_for: recovery.waitsFor,
    gateway_id: recovery.gatewayId,
    plan_at: recovery.planAt,
    times_moved: recovery.timesMoved,
    retry_now_at: recovery.retryNowAt,
    last_decline_code: recovery.lastDeclineCode,
    counts_from: recovery.excusedTo === null ? null : recovery.countsFrom,
    excused_to: recovery.excusedTo,
    closed_at: recovery.closedAt,
  }
}

export function toCaseRow(accountId: Uuid, recovery: RecoveryCase) {
  return {
    ...toCaseUpdate(accountId, recovery),
    invoice_id: recovery.invoiceId,
    subscription_id: recovery.subscriptionId,
    customer_id: recovery.customerId,
    amount_minor: recovery.amountMinor,
    currency: recovery.currency,
    first_decline_code: recovery.firstDeclineCode,
    opened_at: recovery.openedAt,
  }
}

export function toDecisionRow(
  accountId: Uuid,
  id: Uuid,
  decision: CaseDecision & { readonly caseId: Uuid },
) {
  const { runnerUp, guard } = decision
  return {
    account_id: accountId,
    id,
    case_id: decision.caseId,
    kind: decision.kind,
    policy: decision.policy,
    retry_number: decision.retryNumber,
    due_at: decision.dueAt,
    gateway_id: decision.gatewayId,
    payment_method_id: decision.paymentMethodId,
    chance: decision.chance,
    runner_up_at: runnerUp?.at ?? null,
    runner_up_gateway_id: runnerUp?.gatewayId ?? null,
    runner_up_chance: runnerUp?.chance ?? null,
    guard_rule: guard.kind === 'allowed' ? null : guard.rule,
    guard_until: guard.kind === 'until' ? guard.until : null,
    guard_since: guard.kind === 'allowed' ? null : guard.basis.since,
    guard_source: guard.kind === 'allowed' ? null : guard.basis.source,
    reasons: decision.reasons,
    learned_from: BigInt(decision.learnedFrom),
    decided_at: decision.decidedAt,
  }
}

export function reasonsOf({ reasons }: Pick<DecisionRow, 'reasons'>): readonly string[] {
  assert(
    Array.isArray(reasons) && reasons.every((reason) => typeof reason === 'string'),
    'the reasons of a decision are sentences',
  )
  return reasons
}
