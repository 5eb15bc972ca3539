import { explainDecline } from '@perennial/core/declines'
import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { AttemptState, PaymentAttempt } from '@perennial/core/payments'
import { assertNever } from '@perennial/core/fault'
import { formatInstant } from '@perennial/core/time'
import type { AccountContext } from '../../../platform/command/index.ts'
import type { AttemptView } from '../queries/attempt-views.ts'

/** One gateway call as the API shows it: `id` is the UUID, `public_id` the prefixed form (revkeen 5.15, 12.1). */
export function toWireAttempt(
  { attempt, transactionId, brand, last4, nextRetryAt }: AttemptView,
  { settings }: Pick<AccountContext, 'settings'>,
) {
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
    ...outcomeOf(attempt),
    amount_cents: toWireMinor(attempt.amountMinor),
    currency: attempt.currency,
    attempt_number: attempt.attemptNumber,
    retry_attempt_number: attempt.retryNumber,
    max_retry_attempts: subscriptionId === null ? null : settings.dunning.maxRetryAttempts,
    next_retry_at: nextRetryAt === null ? null : formatInstant(nextRetryAt),
    is_scheduled_retry: attempt.retryKind === 'scheduled',
    is_manual_retry: attempt.retryKind === 'manual',
    is_customer_present: attempt.isCustomerPresent,
    created_at: formatInstant(attempt.createdAt),
    updated_at: formatInstant(attempt.settledAt ?? attempt.createdAt),
  }
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

/** What followed, where it is known; only a refusal has something to explain. */
function outcomeOf({ state, decline }: PaymentAttempt) {
  if (state !== 'declined') {
    return {
      category: state === 'succeeded' ? ('approved' as const) : null,
      severity: 'info' as const,
      retryability: null,
      customer_action: 'none' as const,
      merchant_action: 'none' as const,
      subscription_directive: 'none' as const,
      decline_type: null,
      gateway_code: null,
      gateway_message: null,
      safe_customer_message_key: null,
    }
  }
  const code = decline?.code ?? 'generic_decline'
  const explanation = explainDecline(code, decline?.adviceCode ?? null)
  return {
    category: explanation.reason,
    severity: explanation.severity,
    retryability: explanation.retryability,
    customer_action: explanation.customerAction,
    merchant_action: explanation.merchantAction,
    subscription_directive: explanation.subscriptionDirective,
    decline_type: explanation.declineType,
    gateway_code: decline?.isoCode ?? code,
    gateway_message: decline?.message ?? null,
    safe_customer_message_key: explanation.customerMessageKey,
  }
}
