import type { GatewayDispute } from '@perennial/core/payments'
import { readBoolean, readNumber, readText } from '../../platform/foreign/index.ts'
import { fromStripeAmount } from './amounts.ts'
import { isMissing, toFailure } from './failure.ts'
import type { StripeApi } from './stripe-client.ts'

/**
 * An issuer reports fraud, and a chargeback may follow: https://docs.stripe.com/api/radar/early_fraud_warnings/object. It
 * tells no amount, so the payment is asked for; silence is thrown, and the vendor sends the event again. Null for a
 * payment that is not known.
 */
export async function readEarlyWarning(
  api: StripeApi,
  warning: unknown,
): Promise<GatewayDispute | null> {
  const disputeReference = readText(warning, 'id')
  const chargeReference = readText(warning, 'payment_intent')
  const isActionable = readBoolean(warning, 'actionable')
  if (disputeReference === null || chargeReference === null || isActionable === null) return null
  const intent = await findIntent(api, chargeReference)
  const money = fromStripeAmount(readNumber(intent, 'amount'), readText(intent, 'currency'))
  if (money === null) return null
  return {
    ...money,
    disputeReference,
    chargeReference,
    // Over once it was refunded or charged back: a chargeback is a dispute of its own.
    status: isActionable ? 'warning_needs_response' : 'warning_closed',
    feeMinor: 0n,
    reason: 'fraudulent',
    networkReasonCode: null,
    networkReasonDescription: readText(warning, 'fraud_type'),
    evidenceDueAt: null,
  }
}

async function findIntent(api: StripeApi, id: string): Promise<unknown> {
  try {
    const intent: unknown = await api.client.paymentIntents.retrieve(id)
    // The vendor's client takes an error without words for an answer.
    if (readText(intent, 'id') === null) throw new Error('the gateway answered nonsense')
    return intent
  } catch (error) {
    if (isMissing(toFailure(error))) return null
    throw error
  }
}
