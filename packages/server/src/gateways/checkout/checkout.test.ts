import { parseCurrency } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import assert from 'node:assert/strict'
import {
  CHALLENGED_NUMBER,
  CHECKOUT_KEYS,
  capturedOf,
  disputeEvent,
  paymentEvent,
  signCheckoutWebhook,
  startCheckoutDouble,
  type Action,
  type CheckoutDouble,
  type Payment,
} from '@perennial/testkit/gateway-doubles/checkout'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import type { ContractGateway, SeenCharge, WebhookWish } from '../contract/index.ts'
import { fromCheckoutAmount } from './amounts.ts'
import { checkoutVendor } from './index.ts'

const CONNECT = { timeoutMs: 5_000, connections: 4, environment: 'test' } as const
const VISA = '4242424242424242'

const double = await startCheckoutDouble()

const NO_DEBITS = 'its bank debits are not connected'

gatewayContract({
  name: 'Checkout.com',
  open: async () => checkoutGateway(double),
  cards: {
    approved: double.addCard(VISA),
    declined: { token: double.addCard('4724117215951699'), code: 'expired_card' },
    insufficientFunds: double.addCard('4544249167673670'),
    needsAction: double.addCard(CHALLENGED_NUMBER),
    timeoutCharged: double.addCard(VISA, 'lost answer'),
    timeoutNotCharged: double.addCard(VISA, 'lost request'),
    byType: { card: double.addCard(VISA) },
    unknown: `src_${'z'.repeat(26)}`,
  },
  unable: {
    pays_us_bank_account: NO_DEBITS,
    pays_bank_account: NO_DEBITS,
    pays_bacs_direct_debit: NO_DEBITS,
    charge_pending: `card payments are decided at once; ${NO_DEBITS}`,
    challenge_withdrawn:
      'a payment that waits for 3-D Secure cannot be voided; it expires by itself',
    credentials_of: 'no call tells whose a secret key is',
    movements: 'what moved is told in scheduled files alone, or for one payment at a time',
    silence_movements: 'what moved is told in scheduled files alone, or for one payment at a time',
    webhook_stale: 'the signature covers no time; notices are known by their ids',
  },
})

function checkoutGateway(double: CheckoutDouble): ContractGateway {
  const paymentOf = (id: string): Payment => {
    const found = double.payments().find((payment) => payment.id === id)
    assert(found !== undefined, 'the double knows the payment')
    return found
  }
  return {
    connect: (wish = {}) =>
      checkoutVendor.connect({
        ...CONNECT,
        ...(wish.timeoutMs === undefined ? {} : { timeoutMs: wish.timeoutMs }),
        baseUrl: wish.baseUrl ?? double.url,
        credentials: {
          secret_key: wish.credentials === 'bad' ? 'sk_sbox_wrong' : CHECKOUT_KEYS.secretKey,
          public_key: CHECKOUT_KEYS.publicKey,
          processing_channel_id: CHECKOUT_KEYS.processingChannelId,
          signature_key: CHECKOUT_KEYS.signatureKey,
        },
      }),
    chargesUnder: async (key) =>
      double
        .payments()
        .filter(({ reference, status }) => reference === key && status !== 'Declined')
        .map(toSeenCharge),
    refundsOf: async (id) => {
      const { actions, currency } = paymentOf(id)
      const refunds = actions.filter(({ type }) => type === 'Refund').toReversed()
      return refunds.map(({ amount }: Action) => ({
        amountMinor: fromCheckoutAmount(amount, currency)?.amountMinor ?? 0n,
      }))
    },
    letGo: async ({ gatewayReference }) => {
      double.expire(gatewayReference)
      return null
    },
    renewedCard: async () => {
      const token = double.addCard(VISA)
      double.renewCard(token, { expiryMonth: 5, expiryYear: 2034 })
      return { token, was: { expMonth: 12, expYear: 2030 } }
    },
    authenticate: async ({ gatewayReference }, answer) =>
      double.answerChallenge(gatewayReference, answer),
    webhook: async (wish) => webhookOf(paymentOf(wish.charge.gatewayReference), wish),
    instrument: {
      kind: 'card',
      card: {
        number: VISA,
        expMonth: 12,
        expYear: 2031,
        securityCode: '100',
        holderName: 'Ada Lovelace',
      },
    },
    close: () => double.close(),
  }
}

function toSeenCharge(payment: Payment): SeenCharge {
  const currency = parseCurrency(payment.currency)
  assert(currency !== null, 'the double was asked for a currency')
  const minor = (amount: number) =>
    fromCheckoutAmount(amount, payment.currency)?.amountMinor ?? assert.fail('an amount')
  return {
    gatewayReference: payment.id,
    amountMinor: minor(payment.amount),
    currency,
    capturedMinor: minor(capturedOf(payment)),
    sentNetworkTransactionId: payment.previousPaymentId,
  }
}

function webhookOf(payment: Payment, { about, signedWith, sentAt }: WebhookWish) {
  const events = {
    charge: { type: 'payment_captured', data: paymentEvent(payment) },
    refund: { type: 'payment_refunded', data: paymentEvent(payment) },
    dispute: { type: 'dispute_evidence_required', data: disputeEvent(payment) },
    other: { type: 'payment_compliance_review', data: paymentEvent(payment) },
  }
  const key = signedWith === 'own secret' ? CHECKOUT_KEYS.signatureKey : 'another-key'
  const event = { ...events[about], sentAt: formatInstant(sentAt) }
  return { ...signCheckoutWebhook(event, key), receivedAt: sentAt }
}
