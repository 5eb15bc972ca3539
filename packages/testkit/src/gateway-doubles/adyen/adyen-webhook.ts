import { createHmac } from 'node:crypto'
import {
  newPspReference,
  type Dispute,
  type Modification,
  type Payment,
  type StoredCard,
} from './payment-book.ts'
import { refusalOf } from './payment-answer.ts'

export type NotificationItem = {
  readonly eventCode: string
  readonly success: boolean
  readonly pspReference: string
  readonly originalReference?: string
  readonly merchantReference: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly reason?: string
  readonly additionalData?: Readonly<Record<string, string>>
}

export function authorisationItem(payment: Payment): NotificationItem {
  const { pspReference, merchantReference, amount, networkTxReference } = payment
  const refusal = refusalOf(payment)
  const about = { eventCode: 'AUTHORISATION', pspReference, merchantReference, amount }
  if (refusal === null)
    return {
      ...about,
      success: true,
      reason: '1234:1111:03/2030',
      additionalData: { networkTxReference },
    }
  const additionalData = { refusalReasonRaw: refusal.raw, refusalReasonCode: refusal.code }
  return { ...about, success: false, reason: refusal.reason, additionalData }
}

/** EXPIRE: the hold has lapsed. */
export function expiryItem({ pspReference, merchantReference, amount }: Payment): NotificationItem {
  const originalReference = pspReference
  const about = { pspReference: newPspReference(), originalReference, merchantReference, amount }
  return { ...about, eventCode: 'EXPIRE', success: true }
}

export function modificationItem(modification: Modification): NotificationItem {
  const { eventCode, success, pspReference, originalReference } = modification
  const { merchantReference, amount, reason } = modification
  return { eventCode, success, pspReference, originalReference, merchantReference, amount, reason }
}

export function chargebackItem({ pspReference, payment }: Dispute): NotificationItem {
  return {
    eventCode: 'CHARGEBACK',
    success: true,
    pspReference,
    originalReference: payment.pspReference,
    merchantReference: payment.merchantReference,
    amount: payment.amount,
    reason: 'Other Fraud-Card Absent Environment',
    additionalData: {
      chargebackReasonCode: '10.4',
      chargebackSchemeCode: 'visa',
      defendable: 'true',
      disputeStatus: 'Undefended',
      defensePeriodEndsAt: '2099-01-01T00:00:00+01:00',
    },
  }
}

/** NOTIFICATION_OF_FRAUD: the issuer has reported fraud to its network. */
export function fraudItem({ pspReference, merchantReference, amount }: Payment): NotificationItem {
  const originalReference = pspReference
  return {
    eventCode: 'NOTIFICATION_OF_FRAUD',
    success: true,
    pspReference: newPspReference(),
    originalReference,
    merchantReference,
    amount,
    reason: 'Card Not Present Fraud',
    additionalData: { nofReasonCode: '6', nofSchemeCode: 'mc' },
  }
}

export type TokenEvent = {
  readonly type: `recurring.token.${'created' | 'updated' | 'disabled' | 'alreadyExisting'}`
  readonly card: Pick<StoredCard, 'id' | 'shopperReference'>
  readonly merchantAccount: string
  readonly createdAt: string
}

/** A message of the webhook about tokens: one event, whose whole body is signed in a header. */
export function signTokenWebhook(
  { type, card, merchantAccount, createdAt }: TokenEvent,
  { hmacKey }: { readonly hmacKey: string },
): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  const { id: storedPaymentMethodId, shopperReference } = card
  const about = { merchantAccount, storedPaymentMethodId, shopperReference, type: 'visa' }
  const data = type === 'recurring.token.disabled' ? about : { ...about, operation: `${type}.v1` }
  const eventId = newPspReference()
  const text = JSON.stringify({ createdAt, data, environment: 'test', eventId, type, version: '1' })
  const key = Buffer.from(hmacKey, 'hex')
  const hmacsignature = createHmac('sha256', key).update(text).digest('base64')
  const headers = { 'content-type': 'application/json', protocol: 'HmacSHA256', hmacsignature }
  return { headers, body: new TextEncoder().encode(text) }
}

/**
 * A message of the standard webhook. Each item is signed over eight of its fields, joined by colons, with the key that the
 * merchant sees in hex; the signature is base64 among the item's additional data.
 */
export function signAdyenWebhook(
  items: readonly NotificationItem[],
  sent: { readonly hmacKey: string; readonly merchantAccount: string; readonly sentAt: string },
): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  const notificationItems = items.map((item) => {
    const signed = [
      item.pspReference,
      item.originalReference ?? '',
      sent.merchantAccount,
      item.merchantReference,
      item.amount.value,
      item.amount.currency,
      item.eventCode,
      item.success,
    ].join(':')
    const key = Buffer.from(sent.hmacKey, 'hex')
    const hmacSignature = createHmac('sha256', key).update(signed).digest('base64')
    return {
      NotificationRequestItem: {
        ...item,
        success: String(item.success),
        merchantAccountCode: sent.merchantAccount,
        eventDate: sent.sentAt,
        paymentMethod: 'visa',
        additionalData: { ...item.additionalData, hmacSignature },
      },
    }
  })
  const text = JSON.stringify({ live: 'false', notificationItems })
  return { headers: { 'content-type': 'application/json' }, body: new TextEncoder().encode(text) }
}
