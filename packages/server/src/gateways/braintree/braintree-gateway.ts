import type { GatewayPort, VendorSettings } from '@perennial/core/payments'
import { acceptDispute, EVIDENCE_LIMITS, submitEvidence } from './answer-dispute.ts'
import { openBraintreeApi, readCredentials } from './braintree-api.ts'
import { BRAINTREE_ABILITIES } from './abilities.ts'
import { createChargeMethod } from './charge-method.ts'
import { captureHold, findRefund, refundCharge, voidCharge } from './follow-up.ts'
import { describeMethod, keepCard } from './keep-method.ts'
import { listSettled } from './list-settled.ts'
import { checkCredentials, createMerchantAccounts } from './merchant-accounts.ts'
import { readBraintreeWebhook } from './read-webhook.ts'

/** No limit is documented for how far searches lag behind sales, so this is a careful one of ours. */
const ABSENT_AFTER_MS = 5 * 60_000
/** Merchant accounts, the sale, a look-up of two requests, and the sale again where there are no request keys. */
const CALLS_MAX = 7

/** The adapter for Braintree's gateway API, docs/guides/gateways/braintree.md. */
export function createBraintreeGateway(
  settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  const api = openBraintreeApi(settings)
  const credentials = readCredentials(settings)
  const method = createChargeMethod(api, createMerchantAccounts(api, credentials))
  return {
    abilities: BRAINTREE_ABILITIES,
    absentAfterMs: ABSENT_AFTER_MS,
    callMsMax: CALLS_MAX * api.callMsMax,
    charge: (request) => method.charge(request),
    capture: (capture) => captureHold(api, capture),
    void: (charge) => voidCharge(api, charge),
    refund: (request) => refundCharge(api, request),
    lookUp: ({ idempotencyKey }) => method.lookUp(idempotencyKey),
    lookUpRefund: (key) => findRefund(api, key),
    tokenize: (request) => keepCard(api, request),
    describeToken: ({ token }) => describeMethod(api, token),
    checkCredentials: () => checkCredentials(api, credentials),
    readWebhook: async (request) => readBraintreeWebhook(credentials, request),
    listMovements: (query) => listSettled(api, query),
    evidenceLimits: EVIDENCE_LIMITS,
    submitEvidence: (request) => submitEvidence(api, request),
    acceptDispute: (request) => acceptDispute(api, request),
    close: () => api.close(),
  }
}
