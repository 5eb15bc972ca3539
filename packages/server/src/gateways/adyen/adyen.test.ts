import assert from 'node:assert/strict'
import { parseCurrency } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import {
  ADYEN_KEYS,
  authorisationItem,
  chargebackItem,
  expiryItem,
  signAdyenWebhook,
  startAdyenDouble,
  type AdyenDouble,
  type NotificationItem,
  type Payment,
} from '@perennial/testkit/gateway-doubles/adyen'
import { systemClock } from '../../platform/clock/index.ts'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import type { ContractGateway, SeenCharge, WebhookWish } from '../contract/index.ts'
import { fromAdyenAmount } from './amounts.ts'
import { adyenVendor } from './index.ts'

const { apiKey, merchantAccount, hmacKey } = ADYEN_KEYS
const CONNECT = { timeoutMs: 5_000, connections: 4, environment: 'test' } as const
const NO_LOOK_UP = 'no call finds a payment; the webhook of a charge tells its outcome'
const NO_DEBITS = 'its bank debits are not connected'
const NO_MOVEMENTS = 'what moved is told in report files alone'

const double = await startAdyenDouble()

/** A stored card of a holder whom the test environment treats by name. */
function tokenOf(holderName: string, number = '4111111111111111'): string {
  const { id, shopperReference } = double.addCard({ holderName, number })
  return `${merchantAccount}|${id}|${shopperReference}`
}

gatewayContract({
  name: 'Adyen',
  open: async () => adyenGateway(double),
  cards: {
    approved: tokenOf('Ada Lovelace'),
    declined: { token: tokenOf('CARD_EXPIRED'), code: 'expired_card' },
    insufficientFunds: tokenOf('NOT_ENOUGH_BALANCE'),
    needsAction: tokenOf('Ada Lovelace', '4917610000000000'),
    byType: { card: tokenOf('Ada Lovelace') },
    unknown: `${merchantAccount}|ABCDEFGHJKLMNPQR|shopper-nobody`,
  },
  unable: {
    pays_us_bank_account: NO_DEBITS,
    pays_bank_account: NO_DEBITS,
    pays_bacs_direct_debit: NO_DEBITS,
    charge_pending: `card payments are decided at once; ${NO_DEBITS}`,
    look_up_paid: NO_LOOK_UP,
    look_up_declined: NO_LOOK_UP,
    look_up_never_sent: NO_LOOK_UP,
    lost_answer: NO_LOOK_UP,
    lost_request: NO_LOOK_UP,
    look_up_refund: NO_LOOK_UP,
    look_up_refund_never_sent: NO_LOOK_UP,
    void_settled: 'a reversal of what was captured refunds it',
    movements: NO_MOVEMENTS,
    silence_movements: NO_MOVEMENTS,
    webhook_stale: 'the signature covers no time; notices are known by their ids',
  },
})

function adyenGateway(double: AdyenDouble): ContractGateway {
  const paymentOf = (reference: string): Payment => {
    const found = double.payments().find(({ pspReference }) => pspReference === reference)
    assert(found !== undefined, 'the double knows the payment')
    return found
  }
  return {
    connect: (wish = {}) =>
      adyenVendor.connect({
        ...CONNECT,
        ...(wish.timeoutMs === undefined ? {} : { timeoutMs: wish.timeoutMs }),
        baseUrl: wish.baseUrl ?? double.url,
        credentials: {
          api_key: wish.credentials === 'bad' ? 'wrong' : apiKey,
          merchant_account: merchantAccount,
          hmac_key: hmacKey,
        },
      }),
    chargesUnder: async (key) =>
      double
        .payments()
        .filter((one) => one.merchantReference === key && one.resultCode === 'Authorised')
        .map(toSeenCharge),
    refundsOf: async (reference) => {
      const { refunds, amount } = paymentOf(reference)
      return refunds.map((value) => ({ amountMinor: minorOf(value, amount.currency) }))
    },
    authenticate: async ({ url }, answer) => {
      const answered = await fetch(`${url}&answer=${answer}`, { redirect: 'manual' })
      const back = new URL(answered.headers.get('location') ?? '')
      return Object.fromEntries(back.searchParams)
    },
    tellsLater: true,
    letGo: async ({ gatewayReference }) => {
      const sentAt = systemClock().now()
      const item = expiryItem(double.expire(gatewayReference))
      const sent = { hmacKey, merchantAccount, sentAt: formatInstant(sentAt) }
      return { ...signAdyenWebhook([item], sent), receivedAt: sentAt }
    },
    renewedCard: async () => {
      const { id, shopperReference } = double.addCard({ expiryMonth: '05', expiryYear: '2026' })
      double.renewCard(id, { number: '5555444433331111', expiryMonth: '05', expiryYear: '31' })
      const token = `${merchantAccount}|${id}|${shopperReference}`
      return { token, was: { expMonth: 5, expYear: 2026 } }
    },
    webhook: async (wish) => webhookOf(paymentOf(wish.charge.gatewayReference), wish),
    instrument: {
      kind: 'card',
      card: {
        number: '5555444433331111',
        expMonth: 3,
        expYear: 2030,
        securityCode: '737',
        holderName: 'Ada Lovelace',
      },
    },
    close: () => double.close(),
  }
}

function minorOf(value: number, currency: string): bigint {
  return fromAdyenAmount(value, currency)?.amountMinor ?? assert.fail('an amount')
}

function toSeenCharge(payment: Payment): SeenCharge {
  const { value, currency: code } = payment.amount
  const currency = parseCurrency(code)
  assert(currency !== null, 'the double was asked for a currency')
  return {
    gatewayReference: payment.pspReference,
    amountMinor: minorOf(value, code),
    currency,
    capturedMinor: minorOf(payment.captured, code),
    sentNetworkTransactionId: payment.sentNetworkTxReference,
  }
}

function webhookOf(payment: Payment, { about, signedWith, sentAt }: WebhookWish) {
  const authorised = authorisationItem(payment)
  const items: Readonly<Record<WebhookWish['about'], NotificationItem>> = {
    charge: authorised,
    refund: {
      ...authorised,
      eventCode: 'REFUND',
      pspReference: 'NC6HT9CRT65ZGN82',
      originalReference: payment.pspReference,
    },
    dispute: chargebackItem(double.openDispute(payment.pspReference)),
    other: { ...authorised, eventCode: 'ORDER_OPENED' },
  }
  const key = signedWith === 'own secret' ? hmacKey : hmacKey.replaceAll('4', '5')
  const sent = { hmacKey: key, merchantAccount, sentAt: formatInstant(sentAt) }
  return { ...signAdyenWebhook([items[about]], sent), receivedAt: sentAt }
}
