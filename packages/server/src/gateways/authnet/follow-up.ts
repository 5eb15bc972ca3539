import type { Uuid } from '@perennial/core/ids'
import {
  type Decline,
  type FollowUp,
  type GatewayOutcome,
  type GatewayPort,
  type RefundLookUp,
  type RefundOutcome,
  type RefundRequest,
  type VoidOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { fromDecimalAmount, toDecimalAmount } from '../../platform/amounts/index.ts'
import { readText, readWritten } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import type { AuthnetAnswer, AuthnetApi } from './authnet-api.ts'
import { DUPLICATE, errorOf, settingsOf } from './charge-profile.ts'
import { findOfCustomer, getDetails } from './find-transactions.ts'
import { descriptionOf, invoiceNumberOf } from './invoice-number.ts'
import { toChargeOutcome, toRefundOutcome } from './transaction.ts'

type Capture = Parameters<GatewayPort['capture']>[0]

function create(api: AuthnetApi, transactionRequest: object): Promise<AuthnetAnswer> {
  return api.ask('createTransactionRequest', { transactionRequest })
}

function isApproved({ body }: AuthnetAnswer): boolean {
  return readText(body, 'transactionResponse', 'responseCode') === '1'
}

/** One capture a hold: what is not captured is let go. A second one is answered as done before. */
export async function captureHold(api: AuthnetApi, capture: Capture): Promise<GatewayOutcome> {
  const { gatewayReference: refTransId, amountMinor, currency } = capture
  const amount = toDecimalAmount(amountMinor, currency)
  const transactionType = 'priorAuthCaptureTransaction'
  try {
    const answer = await create(api, { transactionType, amount, refTransId })
    const error = errorOf(answer)
    if (error?.code === AMOUNT_TOO_LARGE) return notCaptured('invalid_amount', error.message)
    if (!isApproved(answer) && error === null) return unknownOutcome(`answered ${answer.code}`)
    const details = await getDetails(api, refTransId)
    if (details === null) return notCaptured('invalid_request', 'There is no such hold.')
    return capturedOutcome(details, capture)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

const AMOUNT_TOO_LARGE = '47'

function notCaptured(code: string, message: string | null): GatewayOutcome {
  const decline: Decline = { code, isoCode: null, adviceCode: null, message }
  return { kind: 'declined', gatewayReference: null, decline }
}

/** The gateway's record is what counts, whatever the capture was answered. */
function capturedOutcome(details: unknown, { amountMinor, currency }: Capture): GatewayOutcome {
  const outcome = toChargeOutcome(details)
  if (outcome.kind !== 'succeeded') return outcome
  if (readText(details, 'transactionStatus') === 'authorizedPendingCapture')
    return notCaptured('invalid_request', 'The gateway did not capture the hold.')
  const settled = fromDecimalAmount(readWritten(details, 'settleAmount'), currency)
  if (settled === amountMinor) return outcome
  return notCaptured('invalid_request', 'The hold was captured with another amount.')
}

export async function voidCharge(
  api: AuthnetApi,
  { gatewayReference: refTransId }: FollowUp,
): Promise<VoidOutcome> {
  try {
    const answer = await create(api, { transactionType: 'voidTransaction', refTransId })
    if (isApproved(answer)) return { kind: 'voided' }
    const error = errorOf(answer)
    if (error === null) return { kind: 'unknown', cause: `the gateway answered ${answer.code}` }
    const details = await getDetails(api, refTransId)
    if (readText(details, 'transactionStatus') === 'voided') return { kind: 'voided' }
    const code = details === null ? 'no_such_charge' : 'not_voidable'
    return { kind: 'refused', code, message: error.message }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}

/** Refunds are for what has settled, within 180 days; before that a charge is voided. */
export async function refundCharge(
  api: AuthnetApi,
  request: RefundRequest,
): Promise<RefundOutcome> {
  try {
    const charge = await getDetails(api, request.gatewayReference)
    if (charge === null) return failed('no_such_charge', 'There is no such charge.')
    const before = await findMade(api, charge, request.idempotencyKey)
    if (before !== null) return toRefundOutcome(before)
    const answer = await create(api, refundOf(request, charge))
    if (isApproved(answer)) {
      const gatewayReference = readText(answer.body, 'transactionResponse', 'transId')
      if (gatewayReference !== null) return { kind: 'pending', gatewayReference }
    }
    const error = errorOf(answer)
    if (error === null) return unknownOutcome(`the gateway answered ${answer.code}`)
    if (error.code === DUPLICATE)
      return unknownOutcome('the gateway knows the refund and does not list it yet')
    const code = failureOf(error.code, charge)
    return failed(code, code === 'not_settled' ? NOT_SETTLED : error.message)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

const NOT_SETTLED =
  'The charge has not settled yet: all of it can be voided, or any part refunded when its batch has settled.'

function failed(code: string, message: string | null): RefundOutcome {
  return { kind: 'failed', gatewayReference: null, failure: { code, message } }
}

/** Fields stand in the order of the schema; of the card, the last four digits are named again. */
function refundOf(request: RefundRequest, charge: unknown) {
  const { amountMinor, currency, idempotencyKey: key, gatewayReference, reason } = request
  const cardNumber = readText(charge, 'payment', 'creditCard', 'cardNumber')?.slice(-4)
  const payer =
    cardNumber === undefined
      ? { profile: payerOf(charge) }
      : { payment: { creditCard: { cardNumber, expirationDate: 'XXXX' } } }
  return {
    transactionType: 'refundTransaction',
    amount: toDecimalAmount(amountMinor, currency),
    ...payer,
    refTransId: gatewayReference,
    order: { invoiceNumber: invoiceNumberOf(key), description: descriptionOf(key, reason) },
    transactionSettings: settingsOf(false),
  }
}

function payerOf(charge: unknown) {
  const paymentProfileId = readText(charge, 'profile', 'customerPaymentProfileId')
  return {
    customerProfileId: readText(charge, 'profile', 'customerProfileId'),
    paymentProfile: { paymentProfileId },
  }
}

function failureOf(code: string | null, charge: unknown): string {
  if (code === '55') return 'amount_too_large'
  if (code !== '54') return 'refused'
  const isSettled = readText(charge, 'transactionStatus') === 'settledSuccessfully'
  return isSettled ? 'not_refundable' : 'not_settled'
}

/** The refund that was sent under a key for a charge: it is its customer's. */
async function findMade(api: AuthnetApi, charge: unknown, key: Uuid): Promise<unknown> {
  const customerProfileId = readText(charge, 'profile', 'customerProfileId')
  return customerProfileId === null ? null : findOfCustomer(api, customerProfileId, key)
}

export async function findRefund(api: AuthnetApi, key: FollowUp): Promise<RefundLookUp> {
  try {
    const charge = await getDetails(api, key.gatewayReference)
    const made = charge === null ? null : await findMade(api, charge, key.idempotencyKey)
    return made === null ? { kind: 'absent' } : { kind: 'found', outcome: toRefundOutcome(made) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}
