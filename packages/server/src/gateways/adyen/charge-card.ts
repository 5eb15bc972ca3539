import { Types } from '@adyen/api-library'
import {
  type ChargeRequest,
  type Decline,
  type GatewayOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { silentCharge } from '../http/index.ts'
import { isRefusal, type AdyenApi } from './adyen-api.ts'
import { toAdyenAmount, type AdyenAmount } from './amounts.ts'
import { checksOf } from './card-checks.ts'
import { toDecline, toRequestDecline } from './decline.ts'
import { shopperStatement } from './statement.ts'
import { parseAdyenToken, type AdyenToken } from './token.ts'

const { PaymentRequest, CardDetails } = Types.checkout

/** Asked for by the API; a stored card that the merchant charges sends nobody anywhere. */
const RETURN_URL = 'https://return.invalid/'

export async function chargeCard(api: AdyenApi, request: ChargeRequest): Promise<GatewayOutcome> {
  const token = parseAdyenToken(request.token)
  if (token?.merchantAccount !== api.merchantAccount) return declined(OTHER_ACCOUNT)
  const amount = toAdyenAmount(request.amountMinor, request.currency)
  if (amount === null) return declined(NO_AMOUNT)
  try {
    const { idempotencyKey } = request
    const body = paymentRequest(request, token, amount)
    return toChargeOutcome(await api.payments.payments(body, { idempotencyKey }))
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

/** Stored cards are always charged as `ContAuth`; the processing model says whether the customer asked for it. */
function paymentRequest(request: ChargeRequest, token: AdyenToken, amount: AdyenAmount) {
  const { initiation, networkTransactionId, idempotencyKey, capture, statement } = request
  const models = PaymentRequest.RecurringProcessingModelEnum
  const { merchantAccount, storedPaymentMethodId, shopperReference } = token
  return {
    merchantAccount,
    shopperReference,
    amount: { ...amount },
    reference: idempotencyKey,
    returnUrl: RETURN_URL,
    paymentMethod: { type: CardDetails.TypeEnum.Scheme, storedPaymentMethodId },
    shopperInteraction: PaymentRequest.ShopperInteractionEnum.ContAuth,
    recurringProcessingModel: initiation === 'present' ? models.CardOnFile : models.Subscription,
    ...(capture ? { captureDelayHours: 0 } : {}),
    ...(statement === undefined ? {} : shopperStatement(statement)),
    additionalData: {
      manualCapture: String(!capture),
      ...(networkTransactionId === null ? {} : { networkTxReference: networkTransactionId }),
    },
  }
}

/** Result codes that ask for the customer, who is not there when a stored card is charged. */
const CHALLENGES = ['RedirectShopper', 'ChallengeShopper', 'IdentifyShopper']
const WAITING = ['Received', 'Pending', 'PresentToShopper']

function toChargeOutcome(payment: unknown): GatewayOutcome {
  const gatewayReference = readText(payment, 'pspReference')
  const resultCode = readText(payment, 'resultCode')
  if (resultCode === null || gatewayReference === null)
    return unknownOutcome('the gateway answered nonsense')
  if (resultCode === 'Authorised') {
    const networkTransactionId = readText(payment, 'additionalData', 'networkTxReference')
    return { kind: 'succeeded', gatewayReference, networkTransactionId, ...checksOf(payment) }
  }
  if (WAITING.includes(resultCode)) return { kind: 'pending', gatewayReference }
  if (CHALLENGES.includes(resultCode)) {
    const decline = { ...NO_AMOUNT, code: 'authentication_required', message: resultCode }
    return { kind: 'declined', gatewayReference, decline }
  }
  if (resultCode === 'Cancelled') {
    const decline = { ...toDecline(payment), code: 'canceled' }
    return { kind: 'declined', gatewayReference, decline }
  }
  if (resultCode !== 'Refused' && resultCode !== 'Error')
    return unknownOutcome(`the gateway answered ${resultCode}`)
  return {
    kind: 'declined',
    gatewayReference,
    decline: toDecline(payment),
    ...checksOf(payment),
  }
}
