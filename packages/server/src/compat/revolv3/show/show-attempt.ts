import { encodeId } from '@perennial/core/ids'
import type { NumberOf } from '../numbers/numbers.ts'
import type { FaceVoid } from '../queries/invoices.ts'
import type { FaceAttempt, FaceMethod } from '../queries/objects.ts'
import { toMajor, toMoment } from './dates-and-money.ts'
import { toWireMethod } from './show-method.ts'

/** What an attempt is shown with. */
type AttemptOf = { readonly methods: readonly FaceMethod[] }

const ATTEMPT_STATUS: Readonly<Record<string, string>> = {
  succeeded: 'Success',
  declined: 'Declined',
  canceled: 'Declined',
  unknown: 'Error',
}

export type WireAttempt = ReturnType<typeof toWireAttempt>

export function toWireAttempt(attempt: FaceAttempt, { methods }: AttemptOf, numberOf: NumberOf) {
  const method = methods.find((one) => one.id === attempt.paymentMethodId)
  const status = ATTEMPT_STATUS[attempt.state] ?? 'Pending'
  const code = status === 'Success' ? '00' : (attempt.isoCode ?? attempt.declineCode)
  return {
    invoiceAttemptId: numberOf(attempt.id),
    amount: toMajor(attempt.amountMinor, attempt.currency),
    invoiceAttemptStatus: status,
    invoiceAttemptDate: toMoment(attempt.createdAt),
    paymentProcessor: attempt.gateway,
    processorTransactionId: attempt.reference,
    responseCode: code,
    responseMessage:
      status === 'Success' ? 'Approved' : (attempt.declineMessage ?? attempt.declineCode),
    processorRawResponse: null,
    paymentMethod: method === undefined ? null : toWireMethod(method, numberOf),
    descriptor: null,
    // A gateway here is one merchant account.
    processorMerchantId: encodeId('gateway', attempt.gatewayId),
    processingMethod: null,
    revolv3ResponseCode: code,
    revolv3ResponseMessage: attempt.declineCode ?? (status === 'Success' ? 'Approved' : null),
    // Gateways name the charge; the issuer's own code is not kept.
    authCode: null,
    processorResponseDateTime: toMoment(attempt.settledAt),
  }
}

/** What a sale and an authorisation tell of the charge behind them; null all through where nothing was charged yet. */
export function tellCharge(attempt: WireAttempt | undefined) {
  return {
    invoiceAttemptStatus: attempt?.invoiceAttemptStatus ?? null,
    paymentProcessor: attempt?.paymentProcessor ?? null,
    processorMerchantId: attempt?.processorMerchantId ?? null,
    responseCode: attempt?.responseCode ?? null,
    responseMessage: attempt?.responseMessage ?? null,
    authCode: null,
    processorTransactionId: attempt?.processorTransactionId ?? null,
  }
}

const VOID_STATE: Readonly<Record<string, string>> = { succeeded: 'succeeded', failed: 'declined' }

/** The attempt that was called off, as calling it off went. */
export function toWireVoid(
  voided: FaceVoid,
  shown: AttemptOf & { readonly attempts: readonly FaceAttempt[] },
  numberOf: NumberOf,
): readonly WireAttempt[] {
  const charged = shown.attempts.find(({ id }) => id === voided.attemptId)
  if (charged === undefined) return []
  const { status, failureCode, failureMessage, createdAt, voidedAt } = voided
  const attempt = {
    ...charged,
    state: VOID_STATE[status] ?? 'pending',
    declineCode: failureCode,
    declineMessage: failureMessage,
    isoCode: null,
    createdAt,
    settledAt: voidedAt,
  }
  return [toWireAttempt(attempt, shown, numberOf)]
}
