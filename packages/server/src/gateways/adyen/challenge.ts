import { createHash } from 'node:crypto'
import {
  type BankForm,
  type BroughtBack,
  type ChargeKey,
  type ChargeRequest,
  type GatewayOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { readRecord, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { AdyenRefusal, type AdyenApi } from './adyen-api.ts'
import { toPaymentOutcome } from './payment.ts'

/** Result codes that ask for the customer. */
const CHALLENGES = ['RedirectShopper', 'ChallengeShopper', 'IdentifyShopper']

export function isChallenge(payment: unknown): boolean {
  return CHALLENGES.includes(readText(payment, 'resultCode') ?? '')
}

/**
 * Where the customer is sent: "Handling redirects" of the vendor. Nobody goes who could not come back, and challenges
 * that run in the vendor's own components (`IdentifyShopper`, `ChallengeShopper`) are put to nobody: those are declined,
 * and nobody but us has the address at which they could still be met.
 */
export function toChallenge(
  payment: unknown,
  { idempotencyKey, returnUrl }: ChargeRequest,
): GatewayOutcome {
  const url = readText(payment, 'action', 'url')
  const isRedirect = readText(payment, 'action', 'type') === 'redirect'
  if (returnUrl === undefined || !isRedirect || url === null || !isWebAddress(url)) {
    const message = readText(payment, 'resultCode')
    const decline = { ...UNMET, message }
    return { kind: 'declined', gatewayReference: null, decline }
  }
  const form = readText(payment, 'action', 'method') === 'POST' ? formOf(payment, url) : null
  return {
    kind: 'needs_action',
    gatewayReference: `${WAITING}${idempotencyKey}`,
    nextAction: { type: 'redirect_to_url', url },
    ...(form === null ? {} : { form }),
  }
}

const UNMET = { code: 'authentication_required', isoCode: null, adviceCode: null } as const

/** The vendor names a payment that waits for its customer when they have come back; until then it has this name. */
const WAITING = 'challenge:'

export function isWaiting(gatewayReference: string): boolean {
  return gatewayReference.startsWith(WAITING)
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

function formOf(payment: unknown, url: string): BankForm {
  const data = Object.entries(readRecord(payment, 'action', 'data') ?? {})
  const fields = Object.fromEntries(data.map(([name, value]) => [name, String(value)]))
  return { url, fields }
}

/** `/payments/details` refused what was brought, by these statuses; others say nothing about it. */
const NOT_THE_VENDORS = [400, 422]

/**
 * Hands in what the customer brought back, under a key of its own: what somebody made up before is another request. The
 * answer names the payment, and only ours is believed; what belongs to another one ends that one, whose webhook tells.
 */
export async function completeChallenge(
  api: AdyenApi,
  { idempotencyKey, brought }: ChargeKey & { readonly brought: BroughtBack },
): Promise<GatewayOutcome | null> {
  const { redirectResult } = brought
  if (redirectResult === undefined || redirectResult === '') return null
  const digest = createHash('sha256').update(redirectResult).digest('hex').slice(0, 16)
  try {
    const answer = await api.payments.paymentsDetails(
      { details: { redirectResult } },
      { idempotencyKey: `${idempotencyKey}:${digest}` },
    )
    const reference = readText(answer, 'merchantReference')
    if (reference === null) return unknownOutcome('the gateway answered nonsense')
    return reference === idempotencyKey ? toPaymentOutcome(answer) : null
  } catch (error) {
    const isRefused = error instanceof AdyenRefusal && NOT_THE_VENDORS.includes(error.status)
    return isRefused && error.errorCode !== '704' ? null : unknownOutcome(causeOf(error))
  }
}
