import {
  type FollowUp,
  type RefundLookUp,
  type RefundOutcome,
  type RefundRequest,
  unknownOutcome,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { toStripeAmount } from './amounts.ts'
import { isMissing, toFailure } from './failure.ts'
import { pageOf } from './look-up.ts'
import { KEY_NAME, keyOf } from './payment-intent.ts'
import type { StripeApi } from './stripe-client.ts'

/** Reasons that the vendor takes; others stay with us. */
const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const

export async function refund(api: StripeApi, request: RefundRequest): Promise<RefundOutcome> {
  const { gatewayReference, idempotencyKey, amountMinor, currency } = request
  const amount = toStripeAmount(amountMinor, currency)
  if (amount === null) return failed('invalid_amount', null)
  const reason = REASONS.find((known) => known === request.reason)
  try {
    const made = await api.client.refunds.create(
      {
        payment_intent: gatewayReference,
        amount,
        metadata: { [KEY_NAME]: idempotencyKey },
        ...(reason === undefined ? {} : { reason }),
      },
      { idempotencyKey },
    )
    return toRefundOutcome(made)
  } catch (error) {
    const failure = toFailure(error)
    if (failure.kind === 'silent') return unknownOutcome(failure.cause)
    return failed(failure.error.code ?? 'refund_refused', failure.error.message)
  }
}

/** https://docs.stripe.com/refunds: what failed comes back to the merchant's balance at the vendor. */
export function toRefundOutcome(made: unknown): RefundOutcome {
  const gatewayReference = readText(made, 'id')
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  switch (readText(made, 'status')) {
    case 'succeeded':
      return { kind: 'succeeded', gatewayReference }
    case 'pending':
    case 'requires_action':
      return { kind: 'pending', gatewayReference }
    case 'failed':
    case 'canceled': {
      const code = readText(made, 'failure_reason') ?? 'canceled'
      return { kind: 'failed', gatewayReference, failure: { code, message: null } }
    }
    default:
      return unknownOutcome('the gateway answered nonsense')
  }
}

const PAGE = 100
/** Ten thousand refunds of one charge are a mistake. */
const PAGES_MAX = 100

/** The list of a charge's refunds is never behind. */
export async function lookUpRefund(
  api: StripeApi,
  { gatewayReference, idempotencyKey }: FollowUp,
): Promise<RefundLookUp> {
  try {
    let after: string | null = null
    for (let count = 0; count < PAGES_MAX; count += 1) {
      const { rows, hasMore } = pageOf(
        await api.client.refunds.list({
          payment_intent: gatewayReference,
          limit: PAGE,
          ...(after === null ? {} : { starting_after: after }),
        }),
      )
      const own = rows.find((row) => keyOf(row) === idempotencyKey)
      if (own !== undefined) return { kind: 'found', outcome: toRefundOutcome(own) }
      after = readText(rows.at(-1), 'id')
      if (!hasMore || after === null) return { kind: 'absent' }
    }
    return { kind: 'found', outcome: unknownOutcome('the list of refunds is too long to read') }
  } catch (error) {
    // A charge that the vendor does not know was not refunded there.
    if (isMissing(toFailure(error))) return { kind: 'absent' }
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

function failed(code: string, message: string | null): RefundOutcome {
  return { kind: 'failed', gatewayReference: null, failure: { code, message } }
}
