import { encodeId } from '@perennial/core/ids'
import type { SetupIntent } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject } from '../../../platform/wire/index.ts'

/** `id`s are UUIDs, `public_id` the prefixed form (revkeen 5.3, 12.1). */
export function toWireSetupIntent(intent: SetupIntent) {
  const { lastError, nextAction, verification, paymentMethodId } = intent
  return {
    id: String(intent.id),
    object: 'setup_intent' as const,
    public_id: encodeId('setup_intent', intent.id),
    client_secret: intent.clientSecret,
    status: intent.status,
    customer_id: intent.customerId === null ? null : encodeId('customer', intent.customerId),
    payment_method_id: paymentMethodId === null ? null : String(paymentMethodId),
    payment_method_types: [...intent.paymentMethodTypes],
    usage: intent.usage,
    gateway: verification === null ? null : encodeId('gateway', verification.gatewayId),
    next_action:
      nextAction === null
        ? null
        : {
            type: nextAction.type,
            redirect_to_url: {
              url: nextAction.url,
              return_url: nextAction.returnUrl ?? nextAction.url,
            },
          },
    last_error:
      lastError === null
        ? null
        : {
            code: lastError.code,
            message: lastError.message,
            ...(lastError.declineCode === null ? {} : { decline_code: lastError.declineCode }),
            // Cards alone are verified (confirm-setup-intent.ts): nothing else can fail.
            ...(paymentMethodId === null
              ? {}
              : { payment_method: { id: String(paymentMethodId), type: 'card' } }),
          },
    cancellation_reason: intent.cancellationReason,
    description: intent.description,
    metadata: intent.metadata as JsonObject,
    confirmed_at: formatInstantOrNull(intent.confirmedAt),
    canceled_at: formatInstantOrNull(intent.canceledAt),
    created_at: formatInstant(intent.createdAt),
    updated_at: formatInstant(intent.updatedAt),
  }
}
