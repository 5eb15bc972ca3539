import { assert } from '@perennial/core/fault'
import type { Decline, RecommendedAction } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { OutsidePlan, OutsideRecovery, OutsideTrigger } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { Insertable, Selectable } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'

export type RecoveryRow = Insertable<DB['outside_recoveries']>
export type StoredRecovery = Selectable<DB['outside_recoveries']>

/** What a recovery has beside what is decided of it. */
export type RecoveryFrame = {
  readonly accountId: Uuid
  readonly clientId: Uuid
  readonly gatewayId: Uuid | null
  readonly idempotencyKey: string | null
  readonly isSimulated: boolean
  readonly methodType: string | null
  readonly customerEmail: string | null
  readonly connectorId: Uuid | null
}

export function toRecoveryRow(frame: RecoveryFrame, recovery: OutsideRecovery): RecoveryRow {
  return {
    client_id: frame.clientId,
    gateway_id: frame.gatewayId,
    idempotency_key: frame.idempotencyKey,
    is_simulated: frame.isSimulated,
    method_type: frame.methodType,
    customer_email: frame.customerEmail,
    connector_id: frame.connectorId,
    currency: recovery.currency,
    is_urgent: recovery.isUrgent,
    is_customer_present: recovery.isCustomerPresent,
    card_bin: recovery.bin,
    card_country: recovery.country,
    opened_at: recovery.openedAt,
    ...toRecoveryUpdate(frame.accountId, recovery),
  }
}

export function toRecoveryUpdate(accountId: Uuid, recovery: OutsideRecovery) {
  return {
    account_id: accountId,
    id: recovery.id,
    state: recovery.state,
    amount_minor: recovery.amountMinor,
    handed_token: recovery.handedToken,
    token: recovery.token,
    fallback_tokens: [...recovery.fallbackTokens],
    first_decline: recovery.firstDecline,
    last_decline: recovery.lastDecline,
    attempts_made: recovery.attemptsMade,
    last_attempt_at: recovery.lastAttemptAt,
    strategy: recovery.strategy,
    trigger: recovery.trigger,
    next_attempt_at: recovery.nextAttemptAt,
    plan: toStoredPlan(recovery.plan),
    recommended_action: recovery.recommendedAction,
    reason: recovery.reason,
    gateway_reference: recovery.gatewayReference,
    moved_at: recovery.movedAt,
    updater_ask_at: recovery.state === 'awaiting_card' ? recovery.askUpdaterAt : null,
    closed_at: recovery.closedAt,
  }
}

export function toRecovery(row: StoredRecovery): OutsideRecovery {
  return {
    id: row.id,
    state: row.state,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    handedToken: row.handed_token,
    token: row.token,
    fallbackTokens: toTokens(row.fallback_tokens),
    firstDecline: toDecline(row.first_decline),
    lastDecline: toDecline(row.last_decline),
    isUrgent: row.is_urgent,
    isCustomerPresent: row.is_customer_present,
    bin: row.card_bin,
    country: row.card_country,
    attemptsMade: row.attempts_made,
    lastAttemptAt: row.last_attempt_at,
    strategy: row.strategy,
    trigger: row.trigger as OutsideTrigger | null, // written by toRecoveryUpdate alone
    nextAttemptAt: row.next_attempt_at,
    plan: toPlan(row.plan),
    recommendedAction: row.recommended_action as RecommendedAction | null, // as above
    reason: row.reason,
    gatewayReference: row.gateway_reference,
    openedAt: row.opened_at,
    movedAt: row.moved_at,
    askUpdaterAt: row.updater_ask_at,
    closedAt: row.closed_at,
  }
}

export type OutsideDecisionRow = Selectable<DB['outside_decisions']>

/** What has been decided of a recovery, and why; null for a try that is made at once: its attempt tells, and so does a success. */
export function toDecisionRow(
  accountId: Uuid,
  id: Uuid,
  { recovery, at }: { readonly recovery: OutsideRecovery; readonly at: Instant },
): Insertable<DB['outside_decisions']> | null {
  const { state, plan, reason } = recovery
  if (state === 'attempting' || state === 'succeeded') return null
  return {
    account_id: accountId,
    id,
    recovery_id: recovery.id,
    state,
    attempts_made: recovery.attemptsMade,
    due_at: recovery.nextAttemptAt,
    source: plan?.source ?? null,
    chance: plan?.chance ?? null,
    runner_up_at: plan?.runnerUpAt ?? null,
    runner_up_chance: plan?.runnerUpChance ?? null,
    recommended_action: recovery.recommendedAction,
    reasons: [...(reason === null ? [] : [reason]), ...(plan?.reasons ?? [])],
    learned_from: BigInt(plan?.evidence ?? 0),
    decided_at: at,
  }
}

type StoredPlan = Omit<OutsidePlan, 'reasons'>

/** Its reasons stand with the decision. */
function toStoredPlan(plan: OutsidePlan | null): StoredPlan | null {
  if (plan === null) return null
  const { reasons: _, ...stored } = plan
  return stored
}

/** Plans of earlier versions were never moved. */
function toPlan(stored: unknown): OutsidePlan | null {
  if (stored === null) return null
  const plan = stored as Omit<StoredPlan, 'timesMoved'> & Partial<StoredPlan> // written by toRecoveryUpdate alone
  return { ...plan, reasons: [], timesMoved: plan.timesMoved ?? 0 }
}

/** Every card that it may be charged to, or goes back to. */
export function tokensOf(recovery: OutsideRecovery): readonly string[] {
  return [recovery.token, recovery.handedToken, ...recovery.fallbackTokens]
}

function toTokens(stored: unknown): readonly string[] {
  assert(
    Array.isArray(stored) && stored.every((token) => typeof token === 'string'),
    'stored tokens are a list of text',
  )
  return stored
}

export function toDecline(stored: unknown): Decline | null {
  if (stored === null || typeof stored !== 'object') return null
  const text = (name: string): string | null => {
    const value: unknown = Reflect.get(stored, name)
    return typeof value === 'string' ? value : null
  }
  const code = text('code')
  assert(code !== null, 'a stored decline has a code')
  return {
    code,
    isoCode: text('isoCode'),
    adviceCode: text('adviceCode'),
    message: text('message'),
  }
}

/** One charge of a recovery; its id is the idempotency key at the gateway. */
export type OutsideAttempt = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly recoveryId: Uuid
  readonly clientId: Uuid
  readonly gatewayId: Uuid
  readonly number: number
  readonly token: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly createdAt: Instant
  readonly isCustomerPresent: boolean
  /** The platform whose bill it is for; null = handed over by the client itself. */
  readonly connectorId: Uuid | null
  /** Where its cardholder was sent to authenticate, while that is waited for. */
  readonly nextActionUrl: string | null
}

export function toAttemptRow(
  attempt: OutsideAttempt,
  leaseUntil: Instant,
): Insertable<DB['outside_attempts']> {
  return {
    account_id: attempt.accountId,
    id: attempt.id,
    recovery_id: attempt.recoveryId,
    client_id: attempt.clientId,
    gateway_id: attempt.gatewayId,
    number: attempt.number,
    token: attempt.token,
    state: 'sending',
    amount_minor: attempt.amountMinor,
    currency: attempt.currency,
    lease_until: leaseUntil,
    created_at: attempt.createdAt,
    is_customer_present: attempt.isCustomerPresent,
    connector_id: attempt.connectorId,
  }
}

export function toAttempt(row: Selectable<DB['outside_attempts']>): OutsideAttempt {
  return {
    accountId: row.account_id,
    id: row.id,
    recoveryId: row.recovery_id,
    clientId: row.client_id,
    gatewayId: row.gateway_id,
    number: row.number,
    token: row.token,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    createdAt: row.created_at,
    isCustomerPresent: row.is_customer_present,
    connectorId: row.connector_id,
    nextActionUrl: row.next_action_url,
  }
}
