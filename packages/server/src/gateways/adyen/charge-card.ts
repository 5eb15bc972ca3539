import { Types } from '@adyen/api-library'
import type { ChargeRequest, Decline, GatewayOutcome } from '@perennial/core/payments'
import { silentCharge } from '../http/index.ts'
import { isRefusal, type AdyenApi } from './adyen-api.ts'
import { toAdyenAmount, type AdyenAmount } from './amounts.ts'
import { isChallenge, toChallenge } from './challenge.ts'
import { toRequestDecline } from './decline.ts'
import { toPaymentOutcome } from './payment.ts'
import { shopperStatement } from './statement.ts'
import { parseAdyenToken, type AdyenToken } from './token.ts'

const { PaymentRequest, CardDetails } = Types.checkout

/** Asked for by the API; a stored card that the merchant charges alone sends nobody anywhere. */
const RETURN_URL = 'https://return.invalid/'

export async function chargeCard(api: AdyenApi, request: ChargeRequest): Promise<GatewayOutcome> {
  const token = parseAdyenToken(request.token)
  if (token?.merchantAccount !== api.merchantAccount) return declined(OTHER_ACCOUNT)
  const amount = toAdyenAmount(request.amountMinor, request.currency)
  if (amount === null) return declined(NO_AMOUNT)
  try {
    const { idempotencyKey } = request
    const body = paymentRequest(request, token, amount)
    const payment = await api.payments.payments(body, { idempotencyKey })
    return isChallenge(payment) ? toChallenge(payment, request) : toPaymentOutcome(payment)
  } catch (error) {
    return isRefusal(error) ? declined(toRequestDecline(error)) : silentCharge(error)
  }
}

const OTHER_ACCOUNT: Decline = {
  code: 'invalid_account',
  isoCode: null,
  adviceCode: null,
  message: 'The token belongs to another merchant account.',
}

const NO_AMOUNT: Decline = {
  code: 'invalid_amount',
  isoCode: null,
  adviceCode: null,
  message: 'The gateway has fewer decimals for this currency.',
}

function declined(decline: Decline): GatewayOutcome {
  return { kind: 'declined', gatewayReference: null, decline }
}

/**
 * Stored cards are charged as `ContAuth`, where the processing model says whether the customer asked for it. Who is
 * there while a mandate begins can be asked to authenticate, which `ContAuth` with `Subscription` would rule out.
 */
function paymentRequest(request: ChargeRequest, token: AdyenToken, amount: AdyenAmount) {
  const { initiation, networkTransactionId, idempotencyKey, capture, statement } = request
  const models = PaymentRequest.RecurringProcessingModelEnum
  const { merchantAccount, storedPaymentMethodId, shopperReference } = token
  const { returnUrl = null } = request
  const interactions = PaymentRequest.ShopperInteractionEnum
  const isBegun = returnUrl !== null && initiation === 'first'
  return {
    merchantAccount,
    shopperReference,
    amount: { ...amount },
    reference: idempotencyKey,
    returnUrl: returnUrl ?? RETURN_URL,
    ...(returnUrl === null ? {} : { channel: PaymentRequest.ChannelEnum.Web }),
    paymentMethod: { type: CardDetails.TypeEnum.Scheme, storedPaymentMethodId },
    shopperInteraction: isBegun ? interactions.Ecommerce : interactions.ContAuth,
    recurringProcessingModel: initiation === 'present' ? models.CardOnFile : models.Subscription,
    ...(capture ? { captureDelayHours: 0 } : {}),
    ...(statement === undefined ? {} : shopperStatement(statement)),
    additionalData: {
      manualCapture: String(!capture),
      ...(networkTransactionId === null ? {} : { networkTxReference: networkTransactionId }),
    },
  }
}
