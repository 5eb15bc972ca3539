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
import { toDecimalAmount } from '../../platform/amounts/index.ts'
import { readRecord, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { refusalOf, type BraintreeAnswer, type BraintreeApi } from './braintree-api.ts'
import { findByOrder, getTransaction } from './find-transactions.ts'
import { readKeyedAnswer } from './request-key.ts'
import { moneyOf, TAKEN, toChargeOutcome, toRefundOutcome } from './transaction.ts'

type Capture = Parameters<GatewayPort['capture']>[0]

function pathOf(gatewayReference: string, verb: string): string {
  return `/transactions/${encodeURIComponent(gatewayReference)}/${verb}`
}

/** One capture a hold: what is not captured is let go. A second one finds what the first one did. */
export async function captureHold(api: BraintreeApi, capture: Capture): Promise<GatewayOutcome> {
  const { gatewayReference, amountMinor, currency } = capture
  try {
    const transaction = { amount: toDecimalAmount(amountMinor, currency) }
    const path = pathOf(gatewayReference, 'submit_for_settlement')
    const answer = await api.put(path, { transaction })
    if (answer.status === 200) return toChargeOutcome(readRecord(answer.root, 'transaction'))
    if (answer.status === 404) return notCaptured('invalid_request', 'There is no such hold.')
    const refusal = refusalOf(answer)
    if (refusal === null) return unknownOutcome(`the gateway answered ${answer.status}`)
    if (refusal.codes.includes(AMOUNT_TOO_LARGE))
      return notCaptured('invalid_amount', refusal.message)
    return capturedBefore(await getTransaction(api, gatewayReference), capture)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

const AMOUNT_TOO_LARGE = '91522'

function notCaptured(code: string, message: string | null): GatewayOutcome {
  const decline: Decline = { code, isoCode: null, adviceCode: null, message }
  return { kind: 'declined', gatewayReference: null, decline }
}

function capturedBefore(transaction: unknown, { amountMinor }: Capture): GatewayOutcome {
  const outcome = toChargeOutcome(transaction)
  if (outcome.kind !== 'succeeded') return outcome
  const isSame = moneyOf(transaction)?.amountMinor === amountMinor
  const isTaken = TAKEN.includes(readText(transaction, 'status') ?? '')
  return isTaken && isSame
    ? outcome
    : notCaptured('invalid_request', 'The hold was captured with another amount.')
}

export async function voidCharge(api: BraintreeApi, charge: FollowUp): Promise<VoidOutcome> {
  const { gatewayReference } = charge
  try {
    const answer = await api.put(pathOf(gatewayReference, 'void'))
    if (answer.status === 404)
      return { kind: 'refused', code: 'no_such_charge', message: 'There is no such charge.' }
    if (readText(answer.root, 'transaction', 'status') === 'voided') return { kind: 'voided' }
    const refusal = refusalOf(answer)
    if (refusal === null) return { kind: 'unknown', cause: `the gateway answered ${answer.status}` }
    const transaction = await getTransaction(api, gatewayReference)
    if (readText(transaction, 'status') === 'voided') return { kind: 'voided' }
    return { kind: 'refused', code: 'not_voidable', message: refusal.message }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}

/** Why a refund was not given: "Validation errors" of the vendor. */
const REFUND_FAILURES: Readonly<Record<string, string>> = {
  '91506': 'not_settled',
  '91512': 'already_refunded',
  '91521': 'amount_too_large',
  '91505': 'not_refundable',
  '91538': 'service_not_allowed',
}

/** Refunds are for what has settled; before that a charge is voided. */
export async function refundCharge(
  api: BraintreeApi,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const { gatewayReference, idempotencyKey, amountMinor, currency } = request
  const refund = { amount: toDecimalAmount(amountMinor, currency), order_id: idempotencyKey }
  const path = pathOf(gatewayReference, 'refund')
  try {
    const keyed = { ...refund, api_request_key: idempotencyKey }
    const answer = readKeyedAnswer(await api.post(path, { transaction: keyed }))
    if (answer.key === 'taken') return toOutcome(answer)
    const before = await findRefund(api, request)
    if (before.kind === 'found') return before.outcome
    if (answer.key === 'used before')
      return unknownOutcome('the gateway knows the refund and does not find it yet')
    return toOutcome(await api.post(path, { transaction: refund }))
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

function toOutcome(answer: BraintreeAnswer): RefundOutcome {
  const { status, root } = answer
  if (status === 200 || status === 201) return toRefundOutcome(readRecord(root, 'transaction'))
  if (status === 404) return failed('no_such_charge', 'There is no such charge.')
  const refusal = refusalOf(answer)
  if (refusal === null) return unknownOutcome(`the gateway answered ${status}`)
  if (refusal.transaction !== null) return toRefundOutcome(refusal.transaction)
  const code = refusal.codes.map((one) => REFUND_FAILURES[one]).find((one) => one !== undefined)
  return failed(code ?? 'refused', code === 'not_settled' ? NOT_SETTLED : refusal.message)
}

const NOT_SETTLED =
  'The charge has not settled yet: all of it can be voided, or any part refunded when its batch has settled.'

function failed(code: string, message: string | null): RefundOutcome {
  return { kind: 'failed', gatewayReference: null, failure: { code, message } }
}

export async function findRefund(api: BraintreeApi, key: FollowUp): Promise<RefundLookUp> {
  try {
    const orderId = key.idempotencyKey
    const credits = await findByOrder(api, { orderId, type: 'credit' })
    const own = credits.filter(
      (credit) => readText(credit, 'refunded_transaction_id') === key.gatewayReference,
    )
    const outcomes = own.map(toRefundOutcome)
    const outcome = outcomes.find(({ kind }) => kind !== 'failed') ?? outcomes[0]
    return outcome === undefined ? { kind: 'absent' } : { kind: 'found', outcome }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}
