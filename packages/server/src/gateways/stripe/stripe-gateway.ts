import type { GatewayPort, VendorSettings } from '@perennial/core/payments'
import { STRIPE_ABILITIES } from './abilities.ts'
import { capture, charge, voidCharge } from './charge.ts'
import { checkCredentials } from './credentials.ts'
import { acceptDispute, EVIDENCE_LIMITS, submitEvidence } from './dispute.ts'
import { findKept } from './keep-method.ts'
import { ABSENT_AFTER_MS, lookUp } from './look-up.ts'
import { listMovements } from './movements.ts'
import { describeMethod, openMethodBook } from './payment-method.ts'
import { lookUpRefund, refund } from './refund.ts'
import { openStripe } from './stripe-client.ts'
import { tokenizeInstrument } from './tokenize.ts'
import { readWebhook } from './webhook.ts'

/** A page of the vendor's that says thank you; better than no way to be asked for an authentication at all. */
const RETURN_URL_BY_DEFAULT = 'https://stripe.com'

/** Of a charge whose method was not seen before: asked about, given a customer, asked about once more, and charged. */
const CALLS_MAX = 4

/** Charges are payment intents that are confirmed as they are made; `gatewayReference` is the id of one. */
export function createStripeGateway(
  settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  const api = openStripe(settings)
  const { credentials } = settings
  const returnUrl = credentials['return_url'] ?? RETURN_URL_BY_DEFAULT
  const tools = { api, methods: openMethodBook(api), returnUrl }
  return {
    abilities: STRIPE_ABILITIES,
    absentAfterMs: ABSENT_AFTER_MS,
    callMsMax: CALLS_MAX * api.callMsMax,
    charge: (request) => charge(tools, request),
    capture: (request) => capture(api, request),
    void: (request) => voidCharge(api, request),
    refund: (request) => refund(api, request),
    lookUp: (key) => lookUp(api, key),
    lookUpRefund: (key) => lookUpRefund(api, key),
    tokenize: (request) => tokenizeInstrument(tools, request),
    describeToken: ({ token }) => describeMethod(api, token),
    keepBeside: async ({ token, holderToken }) => {
      await findKept(tools, { token, holderToken, key: `${token}:beside` })
    },
    checkCredentials: () => checkCredentials(api, settings),
    readWebhook: (request) => readWebhook(api, credentials['webhook_secret'], request),
    listMovements: (query) => listMovements(api, query),
    evidenceLimits: EVIDENCE_LIMITS,
    submitEvidence: (request) => submitEvidence(api, request),
    acceptDispute: (request) => acceptDispute(api, request),
    close: () => api.close(),
  }
}
