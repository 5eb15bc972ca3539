import { explainDecline, type RefusedCard } from '@perennial/core/declines'
import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { AttemptState } from '@perennial/core/payments'
import { assertNever } from '@perennial/core/fault'
import { networkOf, toPolicy } from '@perennial/core/recovery'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { AccountContext } from '../../../platform/command/index.ts'
import { dunningRulesOf } from '../../../platform/settings/index.ts'
import type { AttemptView } from '../queries/attempt-views.ts'

/** One gateway call as the API shows it: `id` is the UUID, `public_id` the prefixed form (revkeen 5.15, 12.1). */
export function toWireAttempt(view: AttemptView, account: Pick<AccountContext, 'settings'>) {
  const { attempt, transactionId, brand, last4, nextRetryAt } = view
  const { invoiceId, subscriptionId, paymentIntentId } = attempt
  return {
    id: String(attempt.id),
    object: 'payment_attempt' as const,
    public_id: encodeId('payment_attempt', attempt.id),
    // The key under which the gateway knows the call.
    gateway_order_id: String(attempt.id),
    gateway_transaction_id: attempt.gatewayReference,
    payment_id: transactionId === null ? null : encodeId('transaction', transactionId),
    payment_intent_id:
      paymentIntentId === null ? null : encodeId('payment_intent', paymentIntentId),
    invoice_id: invoiceId === null ? null : encodeId('invoice', invoiceId),
    subscription_id: subscriptionId === null ? null : encodeId('subscription', subscriptionId),
    customer_id: encodeId('customer', attempt.customerId),
    checkout_session_id: null,
    billing_run_id: null,
    payment_method_id: encodeId('payment_method', attempt.paymentMethodId),
    payment_method_brand: brand,
    payment_method_last4: last4,
    gateway: encodeId('gateway', attempt.gatewayId),
    operation: attempt.operation,
    attempt_status: statusOf(attempt.state),
    ...outcomeOf(view),
    network_advice_code: attempt.decline?.adviceCode ?? attempt.approvalAdvice,
    amount_cents: toWireMinor(attempt.amountMinor),
    currency: attempt.currency,
    attempt_number: attempt.attemptNumber,
    retry_attempt_number: attempt.retryNumber,
    max_retry_attempts: subscriptionId === null ? null : retriesMax(view, account),
    next_retry_at: formatInstantOrNull(nextRetryAt),
    is_scheduled_retry: attempt.retryKind === 'scheduled',
    is_manual_retry: attempt.retryKind === 'manual',
    is_customer_present: attempt.isCustomerPresent,
    created_at: formatInstant(attempt.createdAt),
    updated_at: formatInstant(attempt.settledAt ?? attempt.createdAt),
  }
}

/** As recovery last planned it, or would: by what the subscription asks for, or else the account. */
function retriesMax(
  { plannedRetries, choice }: AttemptView,
  account: Pick<AccountContext, 'settings'>,
): number {
  const policy = toPolicy(choice ?? account.settings.recovery, dunningRulesOf(account))
  return plannedRetries ?? policy.retryDays.length
}

function statusOf(state: AttemptState): 'pending' | 'succeeded' | 'failed' | 'canceled' {
  switch (state) {
    case 'sending':
    case 'unknown':
    case 'pending':
    case 'needs_action':
      return 'pending'
    case 'declined':
      return 'failed'
    case 'succeeded':
    case 'canceled':
      return state
    default:
      return assertNever(state)
  }
}

/**
 * Only a refusal has something to explain. The other attempts have the empty word of each field: a client that follows the
 * published types finds no null where they have none, but for `category` (decision 32).
 */
function outcomeOf(view: AttemptView) {
  const { state, decline } = view.attempt
  if (state !== 'declined') {
    return {
      category: categoryOf(state),
      severity: 'info' as const,
      // Nothing is charged again because of it, and one whose end is not known must not be.
      retryability: 'do_not_retry' as const,
      customer_action: 'none' as const,
      merchant_action: 'none' as const,
      subscription_directive: 'none' as const,
      decline_type: null,
      gateway_code: '',
      gateway_message: '',
      safe_customer_message_key: '',
    }
  }
  const code = decline?.code ?? 'generic_decline'
  const explanation = explainDecline(decline ?? code, refusedCardOf(view))
  return {
    category: explanation.reason,
    severity: explanation.severity,
    retryability: explanation.retryability,
    customer_action: explanation.customerAction,
    merchant_action: explanation.merchantAction,
    subscription_directive: explanation.subscriptionDirective,
    decline_type: explanation.declineType,
    gateway_code: decline?.isoCode ?? code,
    gateway_message: decline?.message ?? '',
    safe_customer_message_key: explanation.customerMessageKey,
  }
}

/** The card that was charged, as far as the meaning of a response code depends on it. */
export function refusedCardOf({ brand, country }: AttemptView): RefusedCard {
  return { network: networkOf(brand), country }
}

/** Null where the published words have none: a charge that is under way, or that was called off. */
function categoryOf(state: Exclude<AttemptState, 'declined'>) {
  switch (state) {
    case 'succeeded':
      return 'approved' as const
    case 'needs_action':
      return 'authentication_required' as const
    case 'unknown':
      return 'communication_error' as const
    case 'sending':
    case 'pending':
    case 'canceled':
      return null
    default:
      return assertNever(state)
  }
}
