import { createHmac } from 'node:crypto'
import { newId, type Payment, type Refund } from './ledger-book.ts'

export type WebhookEvent = {
  readonly id: string
  readonly resource_type: string
  readonly action: string
  readonly links: Readonly<Record<string, string>>
  readonly details: Readonly<Record<string, string>>
  readonly resource_metadata: Readonly<Record<string, string>>
}

export function paymentEvent(
  payment: Payment,
  action: string,
  details: Readonly<Record<string, string>> = {},
): WebhookEvent {
  return {
    id: newId('EV'),
    resource_type: 'payments',
    action,
    links: { payment: payment.id },
    details: { origin: 'gocardless', cause: `payment_${action}`, ...details },
    resource_metadata: payment.metadata,
  }
}

export function refundEvent(refund: Refund, action: string): WebhookEvent {
  return {
    id: newId('EV'),
    resource_type: 'refunds',
    action,
    links: { refund: refund.id, payment: refund.payment },
    details: { origin: 'gocardless', cause: `refund_${action}` },
    resource_metadata: refund.metadata,
  }
}

export function mandateEvent(mandateId: string, action: string): WebhookEvent {
  return {
    id: newId('EV'),
    resource_type: 'mandates',
    action,
    links: { mandate: mandateId },
    details: {
      origin: 'bank',
      cause: `mandate_${action}`,
      scheme: 'bacs',
      reason_code: 'ADDACS-1',
    },
    resource_metadata: {},
  }
}

/** Up to 250 events in one message; the signature is the hex HMAC-SHA256 of the very bytes. */
export function signGoCardlessWebhook(
  events: readonly WebhookEvent[],
  sent: { readonly secret: string; readonly sentAt: string },
): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  const dated = events.map((event) => ({ ...event, created_at: sent.sentAt, metadata: {} }))
  const text = JSON.stringify({ events: dated, meta: { webhook_id: 'WB123' } })
  const signature = createHmac('sha256', sent.secret).update(text).digest('hex')
  const headers = { 'content-type': 'application/json', 'webhook-signature': signature }
  return { headers, body: new TextEncoder().encode(text) }
}
