import { createHmac } from 'node:crypto'
import { randomName } from '../random-name.ts'
import type { Payment } from './payment-book.ts'

export type SignedWebhook = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** As the vendor sends it: the signature is the hex HMAC-SHA256 of the very bytes. */
export function signCheckoutWebhook(
  event: { readonly type: string; readonly data: unknown; readonly sentAt: string },
  key: string,
): SignedWebhook {
  const { type, data, sentAt } = event
  const text = JSON.stringify({
    id: `evt_${randomName(26)}`,
    type,
    version: '1.0.29',
    created_on: sentAt,
    data,
    _links: {},
  })
  const signature = createHmac('sha256', key).update(text).digest('hex')
  const headers = { 'content-type': 'application/json', 'cko-signature': signature }
  return { headers, body: new TextEncoder().encode(text) }
}

export function paymentEvent(payment: Payment) {
  const [latest] = payment.actions
  return {
    id: payment.id,
    action_id: latest?.id,
    reference: latest?.reference ?? payment.reference,
    amount: latest?.amount ?? payment.amount,
    currency: payment.currency,
    processed_on: latest?.processedOn,
    response_code: latest?.responseCode,
    response_summary: latest?.summary,
    processing: { scheme_transaction_id: payment.schemeId },
  }
}

/** "Card updated" of the vendor's event types. */
export function cardUpdatedEvent(
  sources: readonly { readonly id: string }[],
  reason_type = 'card_updated',
) {
  const card = { scheme: 'visa', bin: '42424242' }
  const fingerprint = '71580b426f1d190d29087ff265d8f48df1ad34ede41c27cbff9d23c1a14d1776'
  return {
    client_id: 'cli_vjmdzvijizs7o26kiuiakywvyi',
    reason_type,
    source_scheme: 'visa',
    original_card: { ...card, last4: '4242', expiry_month: 10, expiry_year: 2027, fingerprint },
    replacement_card: { ...card, last4: '3456', expiry_month: 12, expiry_year: 2031, fingerprint },
    sources,
  }
}

export function disputeEvent(payment: Payment) {
  return {
    id: `dsp_${randomName(20)}`,
    date: payment.requestedOn,
    category: 'fraudulent',
    amount: payment.amount,
    currency: payment.currency,
    reason_code: '10.4',
    payment_id: payment.id,
    payment_action_id: payment.actions.at(-1)?.id,
    payment_reference: payment.reference,
    payment_method: payment.instrument.card.scheme.toUpperCase(),
    evidence_required_by: new Date(Date.parse(payment.requestedOn) + 14 * 86_400_000).toISOString(),
  }
}
