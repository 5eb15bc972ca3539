import { createHash } from 'node:crypto'
import { assert, messageOf } from '@perennial/core/fault'
import { isUuid, uuidTimeMs, type Uuid } from '@perennial/core/ids'
import {
  repeatedOutcome,
  unknownOutcome,
  type CardDetails,
  type ChargeRequest,
  type GatewayOutcome,
  type GatewayPort,
} from '@perennial/core/payments'
import { type Instant, MS_PER_HOUR } from '@perennial/core/time'
import { askAboutReturn, chargePresent, closeChallenge } from '../../payments/challenges/index.ts'
import { unlessFault, withdrawChallenge } from '../../payments/index.ts'
import { collectorOf, type FoundOutcome } from '../connectors/collect-there.ts'
import { firstNoticeAt } from './expiry/notice-dates.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { keepCard } from './queries/cards.ts'
import type { OutsideAttempt } from './rows.ts'

type Payer = {
  readonly isPresent: boolean
  readonly returnUrl?: string | null
}

const ABSENT: Payer = { isPresent: false }

/** As long as the link that a shopper gets for another card (spec/revtain.md 6). */
const CHALLENGE_MS = MS_PER_HOUR

/** Charges an attempt that was committed as `sending`. Silence is `unknown`: money may have moved. */
export async function chargeOutside(
  deps: OutsideDeps,
  attempt: OutsideAttempt,
  payer: Payer,
): Promise<GatewayOutcome> {
  return unlessFault(deps.log, sentOf(attempt), async () => {
    const there = await collectorOf(deps, attempt)
    if (there !== null) return there.collect()
    const { port, slots } = await deps.gateways.portOf(attempt.accountId, attempt.gatewayId)
    return slots.run(async () => {
      // Whoever takes the lease next must find no call under way: one that waited too long is not begun.
      const beginUntil =
        uuidTimeMs(attempt.id) + Math.max(deps.leaseMs - port.callMsMax, deps.leaseMs / 2)
      if (deps.clock.now() > beginUntil) return unknownOutcome('the gateway was too busy to begin')
      const request = chargeOf(attempt, payer)
      // Whoever waits for the answer can meet the challenge, if their shop can send them there.
      if (request.returnUrl === undefined)
        return unlessChallenged(deps, { port, attempt }, await port.charge(request))
      const { id, gatewayId } = attempt
      const subject = { kind: 'recovery', id } as const
      return chargePresent(deps, { port, gatewayId }, { request, subject })
    })
  })
}

/**
 * Asks what became of an attempt whose answer got lost. One that its gateway is sure never to have seen did not happen;
 * the recovery goes on as after an outage, with an attempt of its own.
 */
export async function lookUpOutside(
  deps: OutsideDeps,
  attempt: OutsideAttempt,
  asking: Asking,
): Promise<FoundOutcome> {
  return unlessFault(deps.log, sentOf(attempt), async (): Promise<FoundOutcome> => {
    const there = await collectorOf(deps, attempt)
    if (there !== null) return there.lookUp()
    const { port, slots } = await deps.gateways.portOf(attempt.accountId, attempt.gatewayId)
    return slots.run(() => ask(deps, { port, attempt }, asking))
  })
}

/** `isGivenUp`: the cardholder goes on with another card, so a challenge that is not met yet is called off. */
type Asking = { readonly isGivenUp: boolean }

async function ask(
  deps: OutsideDeps,
  { port, attempt }: { readonly port: GatewayPort; readonly attempt: OutsideAttempt },
  { isGivenUp }: Asking,
): Promise<GatewayOutcome> {
  const ageMs = deps.clock.now() - uuidTimeMs(attempt.id)
  const { accountId, id: idempotencyKey, createdAt: at } = attempt
  const isAsked = attempt.nextActionUrl !== null && ageMs < CHALLENGE_MS && !isGivenUp
  if (!port.abilities.lookUp) {
    const told = await askAboutReturn(deps, port, { accountId, idempotencyKey, at })
    if (told !== null) return told
    if (isAsked) return ASKED
    if (attempt.nextActionUrl !== null) return giveUpChallenge(deps, attempt)
    // Under its own key a gateway answers as it did the first time, for as long as it keeps keys.
    const isKept = ageMs < (port.repeatableMs ?? 0)
    return isKept
      ? repeatedOutcome(await port.charge(chargeOf(attempt, ABSENT)))
      : unknownOutcome('the gateway cannot be asked')
  }
  const found = await port.lookUp({ accountId, idempotencyKey, at })
  if (found.kind === 'found') {
    if (isAsked && found.outcome.kind === 'needs_action') return ASKED
    return unlessChallenged(deps, { port, attempt }, found.outcome)
  }
  const mayStillArrive = port.absentAfterMs > 0 && ageMs < port.absentAfterMs + deps.leaseMs
  return mayStillArrive ? unknownOutcome('not at the gateway yet') : NEVER_SEEN
}

const ASKED = unknownOutcome('the cardholder is asked to authenticate')

/** Nobody came back; from now on nothing that they bring is handed in, so that nothing can be charged. */
async function giveUpChallenge(
  { database, clock }: OutsideDeps,
  { accountId, id }: OutsideAttempt,
): Promise<GatewayOutcome> {
  const realNow = clock.now()
  const isClosed = await database.tx((tx) => closeChallenge(tx, { accountId, id }, realNow), {
    accountScope: accountId,
  })
  return isClosed ? UNMET : unknownOutcome('the cardholder has just come back')
}

/** Nobody is there to answer a challenge. */
async function unlessChallenged(
  deps: Pick<OutsideDeps, 'log'>,
  { port, attempt }: { readonly port: GatewayPort; readonly attempt: OutsideAttempt },
  outcome: GatewayOutcome,
): Promise<GatewayOutcome> {
  const { accountId, id: idempotencyKey, createdAt: at } = attempt
  const key = { accountId, idempotencyKey, at }
  const settled = await withdrawChallenge(deps.log, { port, key }, outcome)
  return settled.kind === 'needs_action' ? UNMET : settled
}

function chargeOf(attempt: OutsideAttempt, { isPresent, returnUrl }: Payer): ChargeRequest {
  const isUnasked = !isPresent || returnUrl === undefined || returnUrl === null
  return {
    ...(isUnasked ? {} : { returnUrl }),
    accountId: attempt.accountId,
    idempotencyKey: attempt.id,
    token: attempt.token,
    paymentMethodId: instrumentOf(attempt),
    networkTransactionId: null,
    initiation: isPresent ? 'present' : 'recurring',
    amountMinor: attempt.amountMinor,
    currency: attempt.currency,
    capture: true,
    at: attempt.createdAt,
  }
}

/** One token of a client is one instrument, though we keep no payment method of it. */
function instrumentOf({ clientId, token }: Pick<OutsideAttempt, 'clientId' | 'token'>): Uuid {
  const hex = createHash('sha256').update(`${clientId} ${token}`).digest('hex')
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  assert(isUuid(id), 'a hash makes an id')
  return id
}

function sentOf({ id: attemptId }: OutsideAttempt) {
  return { what: 'outside attempt', attemptId }
}

function declined(code: string, message: string): GatewayOutcome {
  const decline = { code, isoCode: null, adviceCode: null, message }
  return { kind: 'declined', gatewayReference: null, decline }
}

const UNMET = declined(
  'authentication_required',
  'The issuer wants the cardholder to authenticate.',
)

const NEVER_SEEN = declined('communication_error', 'The charge did not reach the gateway.')

export type UsedCard = Pick<
  OutsideAttempt,
  'accountId' | 'clientId' | 'gatewayId' | 'token' | 'createdAt'
>

/** Asks the gateway what a token stands for and keeps it: the networks' rules differ. False = silence, which changes nothing. */
export async function describeCard(deps: OutsideDeps, used: UsedCard): Promise<boolean> {
  const { accountId, clientId, gatewayId, token, createdAt: at } = used
  try {
    const { port } = await deps.gateways.portOf(accountId, gatewayId)
    const paymentMethodId = instrumentOf(used)
    const card = await port.describeToken({ accountId, paymentMethodId, token, at })
    if (card !== null) await keepDetails(deps, { accountId, clientId, token }, { card, at })
    return true
  } catch (error) {
    const cause = messageOf(error)
    deps.log.warn({ accountId, clientId, cause }, 'card not described')
    return false
  }
}

/** What a token of a client stands for, as its gateway has told. */
export async function keepDetails(
  { database }: Pick<OutsideDeps, 'database'>,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly token: string },
  { card, at }: { readonly card: CardDetails; readonly at: Instant },
): Promise<void> {
  const kept = { ...card, noticeAt: firstNoticeAt(card, at), at }
  await database.tx((tx) => keepCard(tx, of, kept), { accountScope: of.accountId })
}
