import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import {
  type ChargeRequest,
  type GatewayOutcome,
  type LookUpResult,
  unknownOutcome,
} from '@perennial/core/payments'
import { formatInstant, instantFromMs, MS_PER_DAY, MS_PER_HOUR } from '@perennial/core/time'
import { readText } from '../../platform/foreign/index.ts'
import { systemClock } from '../../platform/clock/index.ts'
import { causeOf, silentCharge, type HttpAnswer } from '../http/index.ts'
import {
  conflictingId,
  isRefused,
  listOf,
  objectOf,
  readProblem,
  type GoCardlessApi,
} from './gocardless-api.ts'
import { toPaymentOutcome, toRequestDecline } from './payment.ts'
import { referenceOf } from './statement.ts'

export async function chargeMandate(
  api: GoCardlessApi,
  request: ChargeRequest,
): Promise<GatewayOutcome> {
  const { token, amountMinor, currency, idempotencyKey, statement } = request
  const reference = statement === undefined ? {} : referenceOf(statement, currency)
  const payments = {
    amount: toWireMinor(amountMinor),
    currency,
    links: { mandate: token },
    // A lost payment is found by it: payments are not listed by their keys.
    metadata: { attempt: idempotencyKey },
    retry_if_possible: false,
  }
  const answer = await orSilence(postPayment(api, { payments, reference, idempotencyKey }))
  if ('kind' in answer) return answer
  const before = conflictingId(answer)
  if (before !== null) return readMadeBefore(api, before)
  if (isRefused(answer))
    return { kind: 'declined', gatewayReference: null, decline: toRequestDecline(answer) }
  return toPaymentOutcome(objectOf(answer, 'payments'))
}

function orSilence(posted: Promise<HttpAnswer>): Promise<HttpAnswer | GatewayOutcome> {
  return posted.catch(silentCharge)
}

/** It is made, whether it can be read now or not. */
async function readMadeBefore(api: GoCardlessApi, id: string): Promise<GatewayOutcome> {
  try {
    return await readPayment(api, id)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

/**
 * Accounts of the smaller packages may name no reference. Words on a statement are not worth a debit: it is made without
 * them. A refused request uses no key up.
 */
async function postPayment(
  api: GoCardlessApi,
  request: {
    readonly payments: object
    readonly reference: { readonly reference?: string }
    readonly idempotencyKey: Uuid
  },
): Promise<HttpAnswer> {
  const { payments, reference, idempotencyKey } = request
  const send = (more: object) =>
    api.post('/payments', { payments: { ...payments, ...more } }, idempotencyKey)
  const answer = await send(reference)
  if (reference.reference === undefined || !isRefused(answer)) return answer
  const isAbout = answer.status === 403 || readProblem(answer).reasons.includes('reference')
  return isAbout ? send({}) : answer
}

export async function readPayment(api: GoCardlessApi, id: string): Promise<GatewayOutcome> {
  const answer = await api.get(`/payments/${encodeURIComponent(id)}`)
  return toPaymentOutcome(objectOf(answer, 'payments'))
}

/** How long after its key a payment was made: at once, or days later when it was cut off on the way. */
const LOOK_BACK_MS = 2 * MS_PER_DAY
const WINDOWS_MS = [MS_PER_HOUR, LOOK_BACK_MS]
const TOO_OLD: LookUpResult = {
  kind: 'found',
  outcome: unknownOutcome('the gateway lists no payments that are this old by their keys'),
}
/** Clocks differ by less. */
const MARGIN_MS = MS_PER_HOUR / 4
const PAGE_SIZE = 500
const PAGES_MAX = 40

/**
 * Payments cannot be asked for by key: those made in the hour after the key was are read, then those of two days,
 * latest first, until one carries it. More of them than the bound allows says neither yes nor no, and so does a key that is
 * older than what is read.
 */
export async function findCharge(api: GoCardlessApi, key: Uuid): Promise<LookUpResult> {
  try {
    for (const windowMs of WINDOWS_MS) {
      const found = await findWithin(api, key, windowMs)
      if (found.kind === 'found') return found
    }
    // A charge that was sent again since then is not among what was read.
    const isKnowable = systemClock().now() - uuidTimeMs(key) < LOOK_BACK_MS
    return isKnowable ? { kind: 'absent' } : TOO_OLD
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

async function findWithin(api: GoCardlessApi, key: Uuid, windowMs: number): Promise<LookUpResult> {
  const madeMs = uuidTimeMs(key)
  const query = new URLSearchParams({
    'created_at[gte]': formatInstant(instantFromMs(madeMs - MARGIN_MS)),
    'created_at[lt]': formatInstant(instantFromMs(madeMs + windowMs)),
    limit: String(PAGE_SIZE),
  })
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const list = listOf(await api.get(`/payments?${query.toString()}`), 'payments')
    if (list === null) throw new Error('the gateway listed no payments')
    const found = list.items.find((payment) => readText(payment, 'metadata', 'attempt') === key)
    if (found !== undefined) return { kind: 'found', outcome: toPaymentOutcome(found) }
    if (list.after === null) return { kind: 'absent' }
    query.set('after', list.after)
  }
  throw new Error('there are too many payments to look through')
}
