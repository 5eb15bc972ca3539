import {
  type ChargeRequest,
  type Decline,
  type GatewayOutcome,
  type LookUpResult,
  unknownOutcome,
} from '@perennial/core/payments'
import { toDecimalAmount } from '../../platform/amounts/index.ts'
import { readRecord } from '../../platform/foreign/index.ts'
import { causeOf, silentCharge } from '../http/index.ts'
import { refusalOf, type BraintreeAnswer, type BraintreeApi } from './braintree-api.ts'
import { parseBraintreeToken } from './token.ts'
import { findByOrder } from './find-transactions.ts'
import type { MerchantAccounts } from './merchant-accounts.ts'
import { readKeyedAnswer } from './request-key.ts'
import { descriptorOf } from './statement.ts'
import { toChargeOutcome } from './transaction.ts'

export type ChargeMethod = {
  charge(request: ChargeRequest): Promise<GatewayOutcome>
  lookUp(key: string): Promise<LookUpResult>
}

/**
 * A charge goes under a request key, which the gateway honours once; where an account has no such keys, what was sent
 * under the same order is looked for first, and the gateway's own check for duplicates stands behind that.
 */
export function createChargeMethod(api: BraintreeApi, accounts: MerchantAccounts): ChargeMethod {
  const account = { hasRequestKeys: true }
  const lookUp = (key: string) => findCharge(api, key)

  const send = async (request: ChargeRequest, merchantAccountId: string) => {
    const sale = saleOf(request, merchantAccountId)
    if (account.hasRequestKeys) {
      const keyed = { ...sale, api_request_key: request.idempotencyKey }
      const answer = readKeyedAnswer(await api.post('/transactions', { transaction: keyed }))
      if (answer.key === 'taken') return toOutcome(answer)
      if (answer.key === 'used before') return settledBefore(await lookUp(request.idempotencyKey))
      account.hasRequestKeys = false
    }
    const before = await readCharge(api, request.idempotencyKey)
    if (before.kind === 'found') return before.outcome
    const outcome = toOutcome(await api.post('/transactions', { transaction: sale }))
    return isDuplicate(outcome) ? settledBefore(await lookUp(request.idempotencyKey)) : outcome
  }

  return {
    lookUp,
    charge: async (request) => {
      try {
        const merchantAccountId = await accounts.find(request.currency)
        if (merchantAccountId === null) return refused('currency_not_supported', NO_ACCOUNT)
        return await send(request, merchantAccountId)
      } catch (error) {
        return silentCharge(error)
      }
    },
  }
}

const NO_ACCOUNT = 'The merchant has no account at the gateway in this currency.'

function refused(code: string, message: string | null): GatewayOutcome {
  const decline: Decline = { code, isoCode: null, adviceCode: null, message }
  return { kind: 'declined', gatewayReference: null, decline }
}

/** The network's name for the first charge is the vault's affair: the gateway refuses it beside a vaulted method. */
function saleOf(request: ChargeRequest, merchantAccountId: string) {
  const { amountMinor, currency, token, idempotencyKey, capture, initiation, statement } = request
  const parts = parseBraintreeToken(token)
  const source = { first: 'recurring_first', recurring: 'recurring', present: null }[initiation]
  return {
    type: 'sale',
    amount: toDecimalAmount(amountMinor, currency),
    merchant_account_id: merchantAccountId,
    payment_method_token: parts?.paymentMethodToken ?? token,
    ...(parts === null ? {} : { customer_id: parts.customerId }),
    order_id: idempotencyKey,
    ...(source === null ? {} : { transaction_source: source }),
    ...(statement === undefined ? {} : descriptorOf(statement)),
    options: { submit_for_settlement: capture },
  }
}

/** Validation errors that say more than that the request was wrong: "Validation errors" of the vendor. */
const REFUSALS: Readonly<Record<string, string>> = {
  '91516': 'invalid_account',
  '91517': 'card_not_supported',
  '91518': 'invalid_account',
  '81502': 'invalid_amount',
  '81503': 'invalid_amount',
  '81528': 'invalid_amount',
  '81531': 'invalid_amount',
  '91513': 'service_not_allowed',
  '91577': 'service_not_allowed',
  '915101': 'service_not_allowed',
  '915172': 'invalid_account',
}

function toOutcome(answer: BraintreeAnswer): GatewayOutcome {
  const { status, root } = answer
  if (status === 200 || status === 201) return toChargeOutcome(readRecord(root, 'transaction'))
  if (status === 401 || status === 403)
    return refused('service_not_allowed', `The gateway refused the keys (${status}).`)
  const refusal = refusalOf(answer)
  if (refusal === null) return unknownOutcome(`the gateway answered ${status}`)
  if (refusal.transaction !== null) return toChargeOutcome(refusal.transaction)
  const known = refusal.codes.map((code) => REFUSALS[code]).find((code) => code !== undefined)
  return refused(known ?? 'invalid_request', refusal.message)
}

function isDuplicate(outcome: GatewayOutcome): boolean {
  return outcome.kind === 'declined' && outcome.decline.code === 'duplicate_transaction'
}

/** The gateway says that it knows the charge; if it does not find it yet, that says nothing. */
function settledBefore(found: LookUpResult): GatewayOutcome {
  if (found.kind === 'found') return found.outcome
  return unknownOutcome('the gateway knows the charge and does not find it yet')
}

/** Throws when there is no answer. */
async function readCharge(api: BraintreeApi, orderId: string): Promise<LookUpResult> {
  const sales = await findByOrder(api, { orderId, type: 'sale' })
  const outcomes = sales.map(toChargeOutcome)
  const outcome = outcomes.find(({ kind }) => kind !== 'declined') ?? outcomes[0]
  return outcome === undefined ? { kind: 'absent' } : { kind: 'found', outcome }
}

async function findCharge(api: BraintreeApi, orderId: string): Promise<LookUpResult> {
  try {
    return await readCharge(api, orderId)
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}
