import type { CredentialCheck, GatewayPort, VendorSettings } from '@perennial/core/payments'
import { MS_PER_HOUR } from '@perennial/core/time'
import { readList } from '../../platform/foreign/index.ts'
import { CHECKOUT_ABILITIES } from './abilities.ts'
import { acceptDispute, EVIDENCE_LIMITS, submitEvidence } from './answer-dispute.ts'
import { chargeCard, findCharge } from './charge-card.ts'
import {
  hasGoodSubdomain,
  openCheckoutApi,
  readCredentials,
  type CheckoutApi,
} from './checkout-api.ts'
import { capturePayment, findRefund, refundPayment, voidPayment } from './follow-up.ts'
import { describeCard, keepCard } from './keep-card.ts'
import { readCheckoutWebhook } from './read-webhook.ts'

/** Lists by reference lag behind payments; no limit is documented, so this is a careful one of ours. */
const ABSENT_AFTER_MS = MS_PER_HOUR / 4
/** A first payment may be asked twice, the second time with 3-D Secure; follow-ups ask up to three times. */
const CALLS_MAX = 3

/** The adapter for Checkout.com's API, docs/guides/gateways/checkout.md. */
export function createCheckoutGateway(
  settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  const api = openCheckoutApi(settings)
  const credentials = readCredentials(settings)
  return {
    abilities: CHECKOUT_ABILITIES,
    absentAfterMs: ABSENT_AFTER_MS,
    callMsMax: CALLS_MAX * api.callMsMax,
    charge: (request) => chargeCard(api, credentials, request),
    capture: (capture) => capturePayment(api, capture),
    void: (charge) => voidPayment(api, charge),
    refund: (request) => refundPayment(api, request),
    lookUp: ({ idempotencyKey }) => findCharge(api, idempotencyKey),
    lookUpRefund: (key) => findRefund(api, key),
    tokenize: (request) => keepCard(api, request),
    describeToken: ({ token }) => describeCard(api, token),
    checkCredentials: () => checkCredentials(api, settings),
    readWebhook: async (request) => readCheckoutWebhook(credentials, request),
    listMovements: async () => {
      throw new Error('this gateway lists what moved in scheduled files alone')
    },
    evidenceLimits: EVIDENCE_LIMITS,
    submitEvidence: (request) => submitEvidence(api, request),
    acceptDispute: (request) => acceptDispute(api, request),
    close: () => api.close(),
  }
}

/** A list that is empty for everyone: only whether the key is taken is told, and not whose it is. */
async function checkCredentials(
  api: CheckoutApi,
  settings: VendorSettings,
): Promise<CredentialCheck> {
  if (!hasGoodSubdomain(settings))
    return { kind: 'refused', message: 'The API prefix has letters, digits and - only.' }
  const { status, body } = await api.get('/payments?reference=credential-check&limit=1&skip=0')
  if (status === 401 || status === 403)
    return { kind: 'refused', message: `The gateway refused the secret key (${status}).` }
  if (status !== 200 || readList(body, 'data') === null)
    throw new Error(`the gateway answered ${status}`)
  return { kind: 'accepted', merchantName: null, accountReference: null }
}
