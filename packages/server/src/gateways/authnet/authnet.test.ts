import assert from 'node:assert/strict'
import { parseCurrency } from '@perennial/core/money'
import type { WebhookRequest } from '@perennial/core/payments'
import {
  AUTHNET_KEYS,
  signAuthnetWebhook,
  startAuthnetDouble,
  type AuthnetDouble,
  type BookedTransaction,
  type PaymentProfile,
} from '@perennial/testkit/gateway-doubles/authnet'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import { fromDecimalAmount } from '../../platform/amounts/index.ts'
import type {
  ConnectWish,
  ContractGateway,
  SeenCharge,
  WebhookWish,
} from '../contract/contract-gateway.ts'
import { authnetVendor } from './index.ts'
import { descriptionOf } from './invoice-number.ts'

const CONNECT = { timeoutMs: 5_000, connections: 4, environment: 'test' } as const
const VISA = '4111111111111111'
const USD = parseCurrency('USD') ?? assert.fail('USD is a currency')

const double = await startAuthnetDouble()

function add(wish: Partial<PaymentProfile> = {}): string {
  const { customerProfileId, paymentProfileId } = double.addProfile({ number: VISA, ...wish })
  return `${customerProfileId}:${paymentProfileId}`
}

const NO_CHALLENGE = '3-D Secure is done elsewhere; the gateway has no page to send the customer to'
const ONE_CURRENCY = 'accounts are opened in one of eleven currencies, all with two decimals'

const AMERICAN = 'its bank debits are American'
const NO_NOTHING = 'a charge of nothing is refused; one unit is held and let go instead'

gatewayContract({
  name: 'Authorize.net',
  open: async () => authnetGateway(double),
  cards: {
    approved: add(),
    declined: { token: add({ behaviour: 'declined 4' }), code: 'pickup_card' },
    insufficientFunds: add({ zip: '46282' }),
    timeoutCharged: add({ behaviour: 'loses the answer' }),
    timeoutNotCharged: add({ behaviour: 'loses the request' }),
    pending: add({ kind: 'bankAccount', number: '000123456789' }),
    byType: { card: add(), us_bank_account: add({ kind: 'bankAccount', number: '000123456789' }) },
    unknown: '1:1',
  },
  unable: {
    pays_bank_account: AMERICAN,
    pays_bacs_direct_debit: AMERICAN,
    verify_without_hold: NO_NOTHING,
    verify_refused: NO_NOTHING,
    charge_insufficient_funds: 'refusals of the issuer are told as code 2, whatever the reason',
    charge_no_decimals: ONE_CURRENCY,
    charge_three_decimals: ONE_CURRENCY,
    challenge_passed: NO_CHALLENGE,
    challenge_failed: NO_CHALLENGE,
    challenge_withdrawn: NO_CHALLENGE,
    webhook_dispute: 'the gateway tells of no disputes',
    webhook_stale: 'notifications are sent again for days; they are known by their ids',
  },
})

function authnetGateway(double: AuthnetDouble): ContractGateway {
  return {
    connect: (wish = {}) => connect(double, wish),
    chargesUnder: async (key) =>
      double
        .transactions()
        .filter(({ description }) => description === descriptionOf(key, null))
        .filter(({ transactionType }) => transactionType !== 'refundTransaction')
        .filter(({ status }) => status !== 'declined')
        .map(toSeenCharge),
    refundsOf: async (id) =>
      double
        .transactions()
        .filter(({ refTransId }) => refTransId === id)
        .map(({ settleAmount }) => ({ amountMinor: minorOf(settleAmount) })),
    letGo: async ({ gatewayReference }) => {
      double.expire(gatewayReference)
      return null
    },
    renewedCard: async () => {
      const profile = double.addProfile({ number: VISA, expirationDate: '2026-05' })
      double.renewCard(profile, { number: '5424000000000015', expirationDate: '2031-05' })
      const token = `${profile.customerProfileId}:${profile.paymentProfileId}`
      return { token, was: { expMonth: 5, expYear: 2026 } }
    },
    settle: async () => double.settle(),
    webhook: async (wish) => webhookOf(double, wish),
    instrument: {
      kind: 'card',
      card: {
        number: VISA,
        expMonth: 8,
        expYear: 2031,
        securityCode: '123',
        holderName: 'Ada Lovelace',
      },
    },
    close: () => double.close(),
  }
}

/** The day's batch is settled before what settled is asked for: until then nothing has moved. */
async function connect(double: AuthnetDouble, wish: ConnectWish) {
  const port = await authnetVendor.connect({
    ...CONNECT,
    ...(wish.timeoutMs === undefined ? {} : { timeoutMs: wish.timeoutMs }),
    baseUrl: wish.baseUrl ?? double.url,
    credentials: {
      api_login_id: AUTHNET_KEYS.apiLoginId,
      transaction_key: wish.credentials === 'bad' ? 'wrong' : AUTHNET_KEYS.transactionKey,
      signature_key: AUTHNET_KEYS.signatureKey,
    },
  })
  return {
    ...port,
    listMovements: (query: Parameters<typeof port.listMovements>[0]) => {
      double.settle()
      return port.listMovements(query)
    },
  }
}

function minorOf(amount: string): bigint {
  return fromDecimalAmount(amount, USD) ?? assert.fail('an amount')
}

function toSeenCharge(transaction: BookedTransaction): SeenCharge {
  return {
    gatewayReference: transaction.transId,
    amountMinor: minorOf(transaction.authAmount),
    currency: USD,
    capturedMinor: transaction.status === 'voided' ? 0n : minorOf(transaction.settleAmount),
    sentNetworkTransactionId: transaction.originalNetworkTransId,
  }
}

function webhookOf(double: AuthnetDouble, wish: WebhookWish): WebhookRequest {
  const { gatewayReference: id } = wish.charge
  const isRefund = wish.about === 'refund'
  const types = {
    charge: 'net.authorize.payment.authcapture.created',
    refund: 'net.authorize.payment.refund.created',
    dispute: 'net.authorize.payment.dispute.created',
    other: 'net.authorize.customer.created',
  }
  const payload = {
    responseCode: 1,
    authAmount: 5,
    entityName: wish.about === 'other' ? 'customerProfile' : 'transaction',
    id: isRefund ? double.addRefund(id, '5.00').transId : id,
  }
  const notice = {
    notificationId: `note-${id}`,
    eventType: types[wish.about],
    at: new Date(wish.sentAt),
    payload,
  }
  const key = wish.signedWith === 'own secret' ? AUTHNET_KEYS.signatureKey : 'another'
  const { headers, body } = signAuthnetWebhook(notice, key)
  return { headers, body: new TextEncoder().encode(body), receivedAt: wish.sentAt }
}
