import assert from 'node:assert/strict'
import { parseCurrency } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import {
  GOCARDLESS_KEYS,
  mandateEvent,
  paymentEvent,
  refundEvent,
  signGoCardlessWebhook,
  startGoCardlessDouble,
  type GoCardlessDouble,
  type Payment,
  type WebhookEvent,
} from '@perennial/testkit/gateway-doubles/gocardless'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import type { ContractGateway, SeenCharge, WebhookWish } from '../contract/index.ts'
import { gocardlessVendor } from './index.ts'

const CONNECT = { timeoutMs: 5_000, connections: 4, environment: 'test' } as const
const NO_CARDS = 'it takes bank debits alone'
const NO_HOLDS = 'banks know no holds'
const NO_CHALLENGE = 'a mandate is agreed to once, before it is a token'
const NO_NETWORK = 'bank debits have no network transaction id'

const double = await startGoCardlessDouble()
const mandate = (wish: Parameters<GoCardlessDouble['addMandate']>[0] = { scheme: 'ach' }) =>
  double.addMandate(wish).id

gatewayContract({
  name: 'GoCardless',
  open: async () => gocardlessGateway(double),
  cards: {
    approved: mandate(),
    declined: {
      token: mandate({ scheme: 'ach', status: 'cancelled' }),
      code: 'revocation_of_authorization',
    },
    insufficientFunds: mandate(),
    pending: mandate(),
    timeoutCharged: mandate({ scheme: 'ach', fault: 'lost answer' }),
    timeoutNotCharged: mandate({ scheme: 'ach', fault: 'lost request' }),
    byType: {
      us_bank_account: mandate(),
      bank_account: mandate({ scheme: 'sepa_core' }),
      bacs_direct_debit: mandate({ scheme: 'bacs' }),
    },
    unknown: 'MD0000000000ZZ',
  },
  unable: {
    pays_card: NO_CARDS,
    describe_bin: NO_CARDS,
    renewed_card: NO_CARDS,
    hold_let_go: NO_HOLDS,
    verify_without_hold: NO_HOLDS,
    verify_refused: NO_HOLDS,
    charge_insufficient_funds: 'banks say so days later, by a notice',
    charge_no_decimals: 'no scheme debits in a currency without decimals',
    charge_three_decimals: 'no scheme debits in a currency with three decimals',
    network_id_given: NO_NETWORK,
    network_id_sent: NO_NETWORK,
    authorize_holds: NO_HOLDS,
    capture_full: NO_HOLDS,
    capture_partial: NO_HOLDS,
    capture_repeated: NO_HOLDS,
    capture_above: NO_HOLDS,
    void_hold: NO_HOLDS,
    challenge_passed: NO_CHALLENGE,
    challenge_failed: NO_CHALLENGE,
    challenge_withdrawn: NO_CHALLENGE,
    webhook_dispute: 'what a payer takes back is gone: it is told as a return',
    webhook_stale: 'the signature covers no time; notices are known by their ids',
  },
})

function gocardlessGateway(double: GoCardlessDouble): ContractGateway {
  const paymentOf = (reference: string): Payment => {
    const found = double.payments().find(({ id }) => id === reference)
    assert(found !== undefined, 'the double knows the payment')
    return found
  }
  return {
    connect: (wish = {}) =>
      gocardlessVendor.connect({
        ...CONNECT,
        ...(wish.timeoutMs === undefined ? {} : { timeoutMs: wish.timeoutMs }),
        baseUrl: wish.baseUrl ?? double.url,
        credentials: {
          access_token: wish.credentials === 'bad' ? 'wrong' : GOCARDLESS_KEYS.accessToken,
          webhook_secret: GOCARDLESS_KEYS.webhookSecret,
        },
      }),
    chargesUnder: async (key) =>
      double
        .payments()
        .filter(({ metadata }) => metadata['attempt'] === key)
        .map(toSeenCharge),
    refundsOf: async (reference) =>
      paymentOf(reference).refunds.map(({ amount }) => ({ amountMinor: BigInt(amount) })),
    confirm: async (reference) => {
      double.setStatus(reference, 'confirmed')
      double.payOut(paymentOf(reference).currency)
    },
    webhook: async (wish) => webhookOf(wish, await eventOf(wish, paymentOf)),
    instrument: {
      kind: 'bank',
      bank: {
        scheme: 'ach',
        bankCode: '026073150',
        accountNumber: '2715500356',
        accountType: 'checking',
        holderName: 'Ada Lovelace',
      },
    },
    close: () => double.close(),
  }
}

function toSeenCharge(payment: Payment): SeenCharge {
  const currency = parseCurrency(payment.currency)
  assert(currency !== null, 'the double was asked for a currency')
  return {
    gatewayReference: payment.id,
    amountMinor: BigInt(payment.amount),
    currency,
    capturedMinor: payment.status === 'paid_out' ? BigInt(payment.amount) : 0n,
    sentNetworkTransactionId: null,
  }
}

/** An event of a refund names one, so one is given first. */
async function eventOf(
  { about, charge, sentAt: at }: WebhookWish,
  paymentOf: (reference: string) => Payment,
): Promise<WebhookEvent> {
  const payment = paymentOf(charge.gatewayReference)
  if (about === 'charge') return paymentEvent(payment, 'confirmed')
  if (about === 'other') return mandateEvent(payment.mandate.id, 'active')
  const port = await gocardlessGateway(double).connect()
  const currency = parseCurrency(payment.currency)
  assert(currency !== null, 'the payment has a currency')
  const amounts = {
    amountMinor: 500n,
    chargedMinor: BigInt(payment.amount),
    currency,
    reason: null,
  }
  const key = { accountId: charge.idempotencyKey, at }
  await port.refund({ ...charge, ...key, ...amounts })
  await port.close()
  const [refund] = payment.refunds
  assert(refund !== undefined, 'a refund was given')
  return refundEvent(refund, 'paid')
}

function webhookOf({ signedWith, sentAt }: WebhookWish, event: WebhookEvent) {
  const secret = signedWith === 'own secret' ? GOCARDLESS_KEYS.webhookSecret : 'another-secret'
  const sent = { secret, sentAt: formatInstant(sentAt) }
  return { ...signGoCardlessWebhook([event], sent), receivedAt: sentAt }
}
