import { normaliseDecline } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import {
  type ChargeRequest,
  type Decline,
  type GatewayOutcome,
  type LookUpResult,
  unknownOutcome,
} from '@perennial/core/payments'
import { toDecimalAmount } from '../../platform/amounts/index.ts'
import { readList, readRecord, readText } from '../../platform/foreign/index.ts'
import { causeOf, silentCharge } from '../http/index.ts'
import type { AuthnetAnswer, AuthnetApi } from './authnet-api.ts'
import { parseAuthnetToken, type AuthnetToken } from './token.ts'
import { findByKey, findOfCustomer, type Search } from './find-transactions.ts'
import { descriptionOf, invoiceNumberOf } from './invoice-number.ts'
import { checksOf, toChargeOutcome } from './transaction.ts'

/** Currencies that accounts are opened in (support.authorize.net, "What currencies are supported"). */
const CURRENCIES = ['USD', 'CAD', 'GBP', 'EUR', 'AUD', 'NZD', 'DKK', 'NOK', 'PLN', 'SEK', 'CHF']

/**
 * There are no idempotency keys. A charge is sent once because its customer's latest charges are asked for its invoice
 * number first, and because the gateway refuses the same charge again for eight hours.
 */
export async function chargeProfile(
  api: AuthnetApi,
  request: ChargeRequest,
): Promise<GatewayOutcome> {
  const token = parseAuthnetToken(request.token)
  if (token === null)
    return refused('invalid_account', 'The token has not the form of this gateway.')
  if (!CURRENCIES.includes(request.currency))
    return refused('currency_not_supported', 'The gateway has no accounts in this currency.')
  const { idempotencyKey: key } = request
  try {
    const before = await findOfCustomer(api, token.customerProfileId, key)
    if (before !== null) return toChargeOutcome(before)
    const transactionRequest = transactionOf(request, token)
    const refId = invoiceNumberOf(key)
    const answer = await api.ask('createTransactionRequest', { refId, transactionRequest })
    if (errorOf(answer)?.code !== DUPLICATE) return toOutcome(answer)
  } catch (error) {
    return silentCharge(error)
  }
  return findMade(api, token, key)
}

/** The gateway has it already: whatever fails now, nobody says that it was not made. */
async function findMade(
  api: AuthnetApi,
  { customerProfileId }: AuthnetToken,
  key: Uuid,
): Promise<GatewayOutcome> {
  try {
    const made = await findOfCustomer(api, customerProfileId, key)
    return made === null
      ? unknownOutcome('the gateway knows the charge and does not list it yet')
      : toChargeOutcome(made)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

export const DUPLICATE = '11'
/** Seconds; the longest that the gateway compares for. */
const DUPLICATE_WINDOW_MAX = '28800'

/** A charge of the same profile, amount and invoice within the window is refused. */
export function settingsOf(isRecurring: boolean) {
  const window = { settingName: 'duplicateWindow', settingValue: DUPLICATE_WINDOW_MAX }
  const recurring = { settingName: 'recurringBilling', settingValue: 'true' }
  return { setting: isRecurring ? [window, recurring] : [window] }
}

/** Fields stand in the order of the schema. */
function transactionOf(request: ChargeRequest, token: AuthnetToken) {
  const { amountMinor, currency, capture, idempotencyKey: key, initiation } = request
  return {
    transactionType: capture ? 'authCaptureTransaction' : 'authOnlyTransaction',
    amount: toDecimalAmount(amountMinor, currency),
    currencyCode: currency,
    profile: {
      customerProfileId: token.customerProfileId,
      paymentProfile: { paymentProfileId: token.paymentProfileId },
    },
    order: { invoiceNumber: invoiceNumberOf(key), description: descriptionOf(key, null) },
    transactionSettings: settingsOf(initiation === 'recurring'),
    ...initiationOf(request),
  }
}

/** "Card-on-file transactions" of the vendor. */
function initiationOf({ initiation, networkTransactionId: originalNetworkTransId }: ChargeRequest) {
  if (initiation === 'present') return {}
  if (initiation === 'first') return { processingOptions: { isFirstRecurringPayment: true } }
  const later = { processingOptions: { isSubsequentAuth: true } }
  return originalNetworkTransId === null
    ? later
    : { ...later, subsequentAuthInformation: { originalNetworkTransId } }
}

function refused(code: string, message: string | null): GatewayOutcome {
  const decline: Decline = { code, isoCode: null, adviceCode: null, message }
  return { kind: 'declined', gatewayReference: null, decline }
}

/** What the gateway found wrong with a transaction. */
export function errorOf({ body }: AuthnetAnswer): {
  readonly code: string | null
  readonly message: string | null
} | null {
  const [error] = readList(body, 'transactionResponse', 'errors') ?? []
  if (error === undefined) return null
  return { code: readText(error, 'errorCode'), message: readText(error, 'errorText') }
}

/**
 * Reason codes after which the gateway does not know itself whether the charge went through: time-outs behind it, whose
 * reversal it cannot vouch for.
 */
const UNCERTAIN = ['120', '121']
/** Results of whole requests that say nothing about the transaction: internal errors, maintenance. */
const OUTAGES = ['E00001', 'E00053', 'E00104']

function toOutcome(answer: AuthnetAnswer): GatewayOutcome {
  const response = readRecord(answer.body, 'transactionResponse')
  const responseCode = readText(response, 'responseCode')
  const error = errorOf(answer)
  if (responseCode === null) {
    if (answer.isOk || OUTAGES.includes(answer.code))
      return unknownOutcome(`the gateway answered ${answer.code}`)
    const { code, message } = answer
    const decline = normaliseDecline('authnet', { code, message })
    return { kind: 'declined', gatewayReference: null, decline }
  }
  const transId = readText(response, 'transId')
  const gatewayReference = transId === '0' ? null : transId
  const checks = checksOf(response, { avs: 'avsResultCode', cvv: 'cvvResultCode' })
  if (responseCode === '2' || responseCode === '3') {
    if (UNCERTAIN.includes(error?.code ?? ''))
      return unknownOutcome(error?.message ?? 'the gateway does not know')
    const decline = normaliseDecline('authnet', error ?? { code: null })
    return { kind: 'declined', gatewayReference, decline, ...checks }
  }
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  const isDebit = readText(response, 'accountType') === 'eCheck'
  // 4: held for review by the merchant
  if (responseCode === '4' || isDebit) return { kind: 'pending', gatewayReference }
  if (responseCode !== '1') return unknownOutcome(`the gateway answered "${responseCode}"`)
  const networkTransactionId = readText(response, 'networkTransId')
  return { kind: 'succeeded', gatewayReference, networkTransactionId, ...checks }
}

export async function findCharge(api: AuthnetApi, search: Search): Promise<LookUpResult> {
  try {
    const found = await findByKey(api, search)
    return found === null ? { kind: 'absent' } : { kind: 'found', outcome: toChargeOutcome(found) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}
