import type {
  CredentialCheck,
  GatewayOutcome,
  GatewayPort,
  RefundOutcome,
  VendorSettings,
} from '@perennial/core/payments'
import { MS_PER_DAY } from '@perennial/core/time'
import { readList } from '../../platform/foreign/index.ts'
import { ADYEN_ABILITIES } from './abilities.ts'
import { AdyenRefusal, openAdyenApi, readLivePrefix, type AdyenApi } from './adyen-api.ts'
import { acceptDispute, EVIDENCE_LIMITS, submitEvidence } from './answer-dispute.ts'
import { completeChallenge } from './challenge.ts'
import { chargeCard } from './charge-card.ts'
import { capturePayment, refundPayment, voidPayment } from './follow-up.ts'
import { describeCard, keepCard } from './keep-card.ts'
import { readTokenWebhook } from './read-token-webhook.ts'
import { readAdyenWebhook } from './read-webhook.ts'

const NO_LOOK_UP = {
  kind: 'unknown',
  gatewayReference: null,
  cause: 'the gateway tells by webhook alone',
} as const satisfies GatewayOutcome & RefundOutcome

/** "API idempotency" of the vendor: keys last seven days at least. One less, for calls that are under way. */
const REPEATABLE_MS = 6 * MS_PER_DAY

/** The adapter for Adyen's Checkout API, docs/guides/gateways/adyen.md. */
export function createAdyenGateway(
  settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  const api = openAdyenApi(settings)
  return {
    abilities: ADYEN_ABILITIES,
    // Nothing is ever known to be absent: see `lookUp` of the abilities.
    absentAfterMs: MS_PER_DAY,
    repeatableMs: REPEATABLE_MS,
    callMsMax: api.callMsMax,
    charge: (request) => chargeCard(api, request),
    completeChallenge: (challenge) => completeChallenge(api, challenge),
    capture: (capture) => capturePayment(api, capture),
    void: (charge) => voidPayment(api, charge),
    refund: (request) => refundPayment(api, request),
    lookUp: async () => ({ kind: 'found', outcome: NO_LOOK_UP }),
    lookUpRefund: async () => ({ kind: 'found', outcome: NO_LOOK_UP }),
    tokenize: (request) => keepCard(api, request),
    describeToken: ({ token }) => describeCard(api, token),
    checkCredentials: () => checkCredentials(api, settings),
    readWebhook: async (request) =>
      (await readTokenWebhook(api, request)) ?? readAdyenWebhook(api.hmacKeys, request),
    listMovements: async () => {
      throw new Error('this gateway lists what moved in report files alone')
    },
    evidenceLimits: EVIDENCE_LIMITS,
    submitEvidence: (request) => submitEvidence(api, request),
    acceptDispute: (request) => acceptDispute(api, request),
    close: () => api.close(),
  }
}

/** What can be paid with: a question that needs the key and the merchant account, and moves nothing. */
async function checkCredentials(api: AdyenApi, settings: VendorSettings): Promise<CredentialCheck> {
  const { merchantAccount } = api
  if (settings.environment === 'live' && readLivePrefix(settings) === null)
    return { kind: 'refused', message: 'The live URL prefix is needed: letters, digits and -.' }
  try {
    const answer = await api.payments.paymentMethods({ merchantAccount })
    if (readList(answer, 'paymentMethods') === null)
      throw new Error('the gateway answered nonsense')
    return { kind: 'accepted', merchantName: merchantAccount, accountReference: merchantAccount }
  } catch (error) {
    if (!(error instanceof AdyenRefusal)) throw error
    return { kind: 'refused', message: error.message }
  }
}
