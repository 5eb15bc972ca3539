import { createHmac } from 'node:crypto'

export type AuthnetWebhook = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A notification as Authorize.net posts it: HMAC-SHA512 of the body under the signature key as text. */
export function signAuthnetWebhook(
  notice: {
    readonly notificationId: string
    readonly eventType: string
    readonly at: Date
    readonly payload: Readonly<Record<string, unknown>>
  },
  signatureKey: string,
): AuthnetWebhook {
  const { notificationId, eventType, at, payload } = notice
  const eventDate = at.toISOString()
  const webhookId = '72a55c78-66e6-4b1e-a4d6-3f925c00561f'
  const body = JSON.stringify({ notificationId, eventType, eventDate, webhookId, payload })
  const signature = createHmac('sha512', signatureKey).update(body).digest('hex').toUpperCase()
  return {
    headers: { 'content-type': 'application/json', 'x-anet-signature': `sha512=${signature}` },
    body,
  }
}
