import type { GatewayPort, VendorSettings } from '@perennial/core/payments'
import { addMs } from '@perennial/core/time'
import { systemClock } from '../../platform/clock/index.ts'
import { openAuthnetApi, readCredentials } from './authnet-api.ts'
import { AUTHNET_ABILITIES } from './abilities.ts'
import { chargeProfile, findCharge } from './charge-profile.ts'
import { captureHold, findRefund, refundCharge, voidCharge } from './follow-up.ts'
import { describeProfile, keepProfile } from './keep-profile.ts'
import { checkCredentials, createMerchant, listSettled } from './list-settled.ts'
import { readAuthnetWebhook } from './read-webhook.ts'

/** No limit is documented for how far lists lag behind charges, so this is a careful one of ours. */
const ABSENT_AFTER_MS = 5 * 60_000
/** A charge asks up to five times; a look-up goes through lists for as long, and gives up then. */
const CALLS_MAX = 6

/** The adapter for Authorize.net's API, docs/guides/gateways/authnet.md. */
export function createAuthnetGateway(
  settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  const api = openAuthnetApi(settings)
  const credentials = readCredentials(settings)
  const merchant = createMerchant(api)
  const clock = systemClock()
  return {
    abilities: AUTHNET_ABILITIES,
    absentAfterMs: ABSENT_AFTER_MS,
    callMsMax: CALLS_MAX * api.callMsMax,
    charge: (request) => chargeProfile(api, request),
    capture: (capture) => captureHold(api, capture),
    void: (charge) => voidCharge(api, charge),
    refund: (request) => refundCharge(api, request),
    lookUp: ({ idempotencyKey: key }) => {
      const now = clock.now()
      const overAt = addMs(now, (CALLS_MAX - 2) * api.callMsMax)
      return findCharge(api, { key, now, isOver: () => clock.now() > overAt })
    },
    lookUpRefund: (key) => findRefund(api, key),
    tokenize: (request) => keepProfile(api, request),
    describeToken: ({ token }) => describeProfile(api, token),
    checkCredentials: () => checkCredentials(api),
    readWebhook: (request) => readAuthnetWebhook({ api, merchant, credentials }, request),
    listMovements: (query) => listSettled(api, merchant, query),
    close: () => api.close(),
  }
}
