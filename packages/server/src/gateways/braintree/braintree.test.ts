import assert from 'node:assert/strict'
import { parseCurrency } from '@perennial/core/money'
import type { WebhookRequest } from '@perennial/core/payments'
import {
  BRAINTREE_KEYS,
  signBraintreeWebhook,
  startBraintreeDouble,
  type BookedTransaction,
  type BraintreeDouble,
  type VaultedMethod,
} from '@perennial/testkit/gateway-doubles/braintree'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import { fromDecimalAmount } from '../../platform/amounts/index.ts'
import type {
  ConnectWish,
  ContractCards,
  ContractGateway,
  SeenCharge,
  WebhookWish,
} from '../contract/contract-gateway.ts'
import { braintreeVendor } from './index.ts'

const CONNECT = { timeoutMs: 5_000, connections: 4, environment: 'test' } as const
const VISA = '4111111111111111'

function tokenOf({ token, customerId }: VaultedMethod): string {
  return `${token}|${customerId}`
}

function cardsOf(double: BraintreeDouble): ContractCards {
  const add = (wish: Partial<VaultedMethod> = {}) =>
    tokenOf(double.addMethod({ number: VISA, ...wish }))
  return {
    approved: add(),
    declined: { token: add({ behaviour: 'declined 2047' }), code: 'pickup_card' },
    insufficientFunds: add({ behaviour: 'declined 2001' }),
    timeoutCharged: add({ behaviour: 'loses the answer' }),
    timeoutNotCharged: add({ behaviour: 'loses the request' }),
    pending: add({ kind: 'us_bank_account', number: '000123456789' }),
    byType: {
      card: add(),
      us_bank_account: add({ kind: 'us_bank_account', number: '000123456789' }),
    },
    unknown: 'never1|123456789',
  }
}

const NO_CHALLENGE = '3-D Secure happens in the vendor’s script in the browser, before the token'
const AMERICAN = 'its bank debits are American'
const NO_NOTHING = 'a sale of nothing is refused; one unit is held and let go instead'
const UNABLE = {
  pays_bank_account: AMERICAN,
  pays_bacs_direct_debit: AMERICAN,
  verify_without_hold: NO_NOTHING,
  verify_refused: NO_NOTHING,
  challenge_passed: NO_CHALLENGE,
  challenge_failed: NO_CHALLENGE,
  challenge_withdrawn: NO_CHALLENGE,
  network_id_sent: 'the vault keeps it and refuses it beside a vaulted method (error 915176)',
  webhook_stale: 'notifications are sent again for a day with the time of the first',
}

for (const requestKeys of ['allowed', 'not allowed'] as const) {
  const double = await startBraintreeDouble(requestKeys)
  gatewayContract({
    name: `Braintree, request keys ${requestKeys},`,
    open: async () => braintreeGateway(double),
    cards: cardsOf(double),
    unable: UNABLE,
  })
}

function braintreeGateway(double: BraintreeDouble): ContractGateway {
  const transactionOf = (id: string): BookedTransaction => {
    const found = double.transactions().find((transaction) => transaction.id === id)
    assert(found !== undefined, 'the double knows the transaction')
    return found
  }
  return {
    connect: (wish = {}) => connect(double, wish),
    letGo: async ({ gatewayReference }) => {
      double.expire(gatewayReference)
      return null
    },
    renewedCard: async () => {
      const method = double.addMethod({ number: VISA, expMonth: '05', expYear: '2026' })
      double.renewCard(method.token, {
        number: '5555555555554444',
        expMonth: '05',
        expYear: '2031',
      })
      return { token: tokenOf(method), was: { expMonth: 5, expYear: 2026 } }
    },
    chargesUnder: async (key) =>
      double
        .transactions()
        .filter(({ orderId, type }) => orderId === key && type === 'sale')
        .filter(({ status }) => !['processor_declined', 'gateway_rejected'].includes(status))
        .map(toSeenCharge),
    refundsOf: async (id) =>
      double
        .transactions()
        .filter(({ refundedTransactionId }) => refundedTransactionId === id)
        .map(({ amount, currency }) => ({ amountMinor: minorOf(amount, currency) })),
    settle: async (id) => double.settle(id),
    webhook: async (wish) => webhookOf(transactionOf(wish.charge.gatewayReference), wish),
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

/** The day's batch is sent before what settled is asked for: until then nothing has moved. */
async function connect(double: BraintreeDouble, wish: ConnectWish) {
  const port = await braintreeVendor.connect({
    ...CONNECT,
    ...(wish.timeoutMs === undefined ? {} : { timeoutMs: wish.timeoutMs }),
    baseUrl: wish.baseUrl ?? double.url,
    credentials: {
      merchant_id: BRAINTREE_KEYS.merchantId,
      public_key: BRAINTREE_KEYS.publicKey,
      private_key: wish.credentials === 'bad' ? 'wrong' : BRAINTREE_KEYS.privateKey,
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

function minorOf(amount: string, code: string): bigint {
  const currency = parseCurrency(code)
  assert(currency !== null, 'the double was asked for a currency')
  return fromDecimalAmount(amount, currency) ?? assert.fail('an amount')
}

function toSeenCharge(transaction: BookedTransaction): SeenCharge {
  const { id, amount, status, currency: code } = transaction
  const currency = parseCurrency(code)
  assert(currency !== null, 'the double was asked for a currency')
  const amountMinor = minorOf(amount, code)
  const isTaken = status === 'submitted_for_settlement' || status === 'settled'
  return {
    gatewayReference: id,
    amountMinor,
    currency,
    capturedMinor: isTaken ? amountMinor : 0n,
    sentNetworkTransactionId: null,
  }
}

function webhookOf(transaction: BookedTransaction, wish: WebhookWish): WebhookRequest {
  const { id, amount, currency, orderId } = transaction
  const about = { id, amount, currency_iso_code: currency, order_id: orderId }
  const refund = { ...about, id: 'r3fund', refunded_transaction_id: id, type: 'credit' }
  const notices = {
    charge: {
      kind: 'transaction_settled',
      subject: { transaction: { ...about, status: 'settled', type: 'sale' } },
    },
    refund: {
      kind: 'refund_failed',
      subject: { transaction: { ...refund, status: 'processor_declined' } },
    },
    dispute: {
      kind: 'dispute_opened',
      subject: {
        dispute: {
          id: 'd1spute',
          status: 'open',
          kind: 'chargeback',
          reason: 'fraud',
          amount_disputed: amount,
          currency_iso_code: currency,
          reply_by_date: '2026-12-10',
          transaction: { id, amount },
        },
      },
    },
    other: { kind: 'check', subject: { check: true } },
  }
  const { publicKey, privateKey } = BRAINTREE_KEYS
  const keys = { publicKey, privateKey: wish.signedWith === 'own secret' ? privateKey : 'another' }
  const signed = signBraintreeWebhook({ ...notices[wish.about], at: new Date(wish.sentAt) }, keys)
  return {
    headers: { 'content-type': signed.contentType },
    body: new TextEncoder().encode(signed.body),
    receivedAt: wish.sentAt,
  }
}
