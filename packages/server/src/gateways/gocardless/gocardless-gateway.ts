import type { CredentialCheck, GatewayPort, VendorSettings } from '@perennial/core/payments'
import { MS_PER_HOUR } from '@perennial/core/time'
import { readText } from '../../platform/foreign/index.ts'
import { GOCARDLESS_ABILITIES } from './abilities.ts'
import { chargeMandate, findCharge } from './charge-mandate.ts'
import { cancelPayment, findRefund, refundPayment } from './follow-up.ts'
import { listOf, openGoCardlessApi, readProblem, type GoCardlessApi } from './gocardless-api.ts'
import { describeMandate, endMandate, keepAccount } from './keep-account.ts'
import { listMovements } from './list-movements.ts'
import { readGoCardlessWebhook } from './read-webhook.ts'

/** No limit is documented for how late a payment may show in lists, so this is a careful one of ours. */
const ABSENT_AFTER_MS = MS_PER_HOUR / 4
/** A refund asks four times at most: what there is, the payment, the refund, and what its key made before. */
const CALLS_MAX = 4

/** The adapter for the GoCardless API, docs/guides/gateways/gocardless.md. */
export function createGoCardlessGateway(
  settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  const api = openGoCardlessApi(settings)
  const secret = settings.credentials['webhook_secret'] ?? null
  return {
    abilities: GOCARDLESS_ABILITIES,
    absentAfterMs: ABSENT_AFTER_MS,
    callMsMax: CALLS_MAX * api.callMsMax,
    charge: (request) => chargeMandate(api, request),
    capture: async () => ({
      kind: 'unknown',
      gatewayReference: null,
      cause: 'bank debits are not held',
    }),
    void: (charge) => cancelPayment(api, charge),
    refund: (request) => refundPayment(api, request),
    lookUp: ({ idempotencyKey }) => findCharge(api, idempotencyKey),
    lookUpRefund: (key) => findRefund(api, key),
    tokenize: (request) => keepAccount(api, request),
    describeToken: ({ token }) => describeMandate(api, token),
    endMandate: ({ token }) => endMandate(api, token),
    checkCredentials: () => checkCredentials(api),
    readWebhook: (request) => readGoCardlessWebhook(api, secret, request),
    listMovements: (query) => listMovements(api, query),
    close: () => api.close(),
  }
}

/** The creditor is the merchant's own account there; which one is meant where there are several is not told. */
async function checkCredentials(api: GoCardlessApi): Promise<CredentialCheck> {
  const answer = await api.get('/creditors?limit=2')
  if (answer.status === 401 || answer.status === 403)
    return { kind: 'refused', message: readProblem(answer).message }
  const creditors = listOf(answer, 'creditors')
  if (creditors === null) throw new Error(`the gateway answered ${answer.status}`)
  const [creditor, another] = creditors.items
  const accountReference = another === undefined ? readText(creditor, 'id') : null
  return { kind: 'accepted', merchantName: readText(creditor, 'name'), accountReference }
}
