import { type GatewayOutcome, unknownOutcome, withAdvice } from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { checksOf } from './card-checks.ts'
import { adviceOf, toDecline } from './decline.ts'

const WAITING = ['Received', 'Pending', 'PresentToShopper']
const REFUSED = ['Refused', 'Error']

/** A payment that asks for nobody any more, as the answer to it or to what its customer brought back shows it. */
export function toPaymentOutcome(payment: unknown): GatewayOutcome {
  const gatewayReference = readText(payment, 'pspReference')
  const resultCode = readText(payment, 'resultCode')
  if (resultCode === null || gatewayReference === null)
    return unknownOutcome('the gateway answered nonsense')
  if (resultCode === 'Authorised') {
    const networkTransactionId = readText(payment, 'additionalData', 'networkTxReference')
    return {
      kind: 'succeeded',
      gatewayReference,
      networkTransactionId,
      ...withAdvice(adviceOf(payment)),
      ...checksOf(payment),
    }
  }
  if (WAITING.includes(resultCode)) return { kind: 'pending', gatewayReference }
  if (resultCode === 'Cancelled') {
    const decline = { ...toDecline(payment), code: 'canceled' }
    return { kind: 'declined', gatewayReference, decline }
  }
  if (!REFUSED.includes(resultCode)) return unknownOutcome(`the gateway answered ${resultCode}`)
  return {
    kind: 'declined',
    gatewayReference,
    decline: toDecline(payment),
    ...checksOf(payment),
  }
}
