import { assert } from '@perennial/core/fault'
import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import {
  canBeChallenged,
  declinedOutcome,
  repeatedOutcome,
  unknownOutcome,
  type ChargeRequest,
  type GatewayOutcome,
  type GatewayPort,
  type PaymentAttempt,
  type StatementText,
} from '@perennial/core/payments'
import { addMs, instantFromMs, type Instant } from '@perennial/core/time'
import type { Clock } from '../../platform/clock/index.ts'
import { assertOutsideAsOne } from '../../platform/command/index.ts'
import type { Logger } from '../../platform/log/index.ts'
import { askAboutReturn, type ChallengeDeps, chargePresent } from './challenges/index.ts'
import type { GatewayDirectory } from './gateways/directory.ts'
import { eachByGateway } from './gateways/each-by-gateway.ts'
import { unlessFault } from './gateways/unless-fault.ts'
import { mayStillArrive } from './may-still-arrive.ts'
import { claimResend } from './queries/attempts.ts'
import type { Gateway } from './queries/gateways.ts'
import { listIntentStatements, type IntentStatement } from './queries/intents.ts'
import { listLastSends } from './queries/last-sends.ts'
import { listTokens, type AttemptToken } from './queries/methods.ts'
import { withdrawChallenge } from './withdraw-challenge.ts'

/** An attempt with what its gateway said, or did not say. */
export type AttemptOutcome = { readonly attempt: PaymentAttempt; readonly outcome: GatewayOutcome }

export type SendSettings = ChallengeDeps & {
  readonly gateways: GatewayDirectory
  readonly clock: Clock
  readonly log: Logger
  /** Calls in flight at most, at each gateway. */
  readonly concurrency: number
  /** Real time for which whoever committed an attempt alone may talk to the gateway about it. */
  readonly leaseMs: number
  /** Where a customer who has to authenticate comes back to. */
  readonly returnUrl?: string
}

/**
 * Charges attempts that were committed as `sending`, concurrently, outside any transaction. Calls `onOutcome`
 * as each answer comes in. Never throws for a gateway's silence or a fault of one attempt: those are the
 * outcome `unknown`. Attempts whose lease would run out before an answer is sure are left to whoever takes
 * the lease next.
 */
export async function sendAttempts(
  settings: SendSettings,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
  onOutcome: (answer: AttemptOutcome) => void,
): Promise<void> {
  assertOutsideAsOne()
  const tokens = await loadTokens(settings.database, accountId, attempts)
  const statements = await loadStatements(settings.database, accountId, attempts)
  await eachByGateway(attempts, settings.concurrency, async (attempt) => {
    const outcome = await unlessFault(settings.log, sentOf(attempt), async () => {
      const found = await settings.gateways.portOf(accountId, attempt.gatewayId)
      const { port, slots } = found
      const statement = statementOf(found.gateway, statements.get(attempt.paymentIntentId))
      return slots.run(async () => {
        if (settings.clock.now() > sendUntil(settings, attempt, port)) return null
        const sending = { ...settings, ...statement, accountId, tokens }
        const outcome = await send(settings, { ...sending, port }, attempt)
        return unlessChallenged(settings, { accountId, attempt, port }, outcome)
      })
    })
    if (outcome !== null) onOutcome({ attempt, outcome })
  })
}

/** The last moment, in real time, to begin a call whose answer comes within the attempt's lease. */
function sendUntil(settings: SendSettings, attempt: PaymentAttempt, port: GatewayPort): number {
  // The id was made before the lease began, so this errs on the safe side.
  return uuidTimeMs(attempt.id) + Math.max(settings.leaseMs - port.callMsMax, settings.leaseMs / 2)
}

/** Where nobody can be challenged, the challenge is withdrawn. */
async function unlessChallenged(
  settings: Pick<SendSettings, 'log'>,
  sent: { readonly accountId: Uuid; readonly attempt: PaymentAttempt; readonly port: GatewayPort },
  outcome: GatewayOutcome,
): Promise<GatewayOutcome> {
  const { accountId, attempt, port } = sent
  if (canBeChallenged(attempt)) return outcome
  const key = { accountId, idempotencyKey: attempt.id, at: attempt.createdAt }
  return withdrawChallenge(settings.log, { port, key }, outcome)
}

type TokenByKey = ReadonlyMap<string, AttemptToken>

type Sending = {
  readonly accountId: Uuid
  readonly tokens: TokenByKey
  readonly returnUrl?: string
  readonly statement?: StatementText
}

function send(
  deps: ChallengeDeps,
  sending: Sending & { readonly port: GatewayPort },
  attempt: PaymentAttempt,
): Promise<GatewayOutcome> {
  const { port } = sending
  if (attempt.operation === 'capture') return port.capture(captureOf(sending.accountId, attempt))
  const request = chargeOf(sending, attempt)
  if (!canBeChallenged(attempt)) return port.charge(request)
  const { gatewayId, id } = attempt
  const subject = { kind: 'payment_intent', id } as const
  return chargePresent(deps, { port, gatewayId }, { request, subject })
}

function keyOf({ accountId, at }: Pick<Asking, 'accountId' | 'at'>, { id }: PaymentAttempt) {
  return { accountId, idempotencyKey: id, at }
}

function sentOf({ id: attemptId, gatewayId }: PaymentAttempt) {
  return { what: 'attempt', attemptId, gatewayId }
}

function chargeOf(
  { accountId, tokens, returnUrl, statement }: Sending,
  attempt: PaymentAttempt,
): ChargeRequest {
  const token = tokens.get(tokenKey(attempt))
  assert(token !== undefined, 'an attempt was planned along a token that exists')
  return {
    accountId,
    idempotencyKey: attempt.id,
    token: token.token,
    paymentMethodId: attempt.paymentMethodId,
    networkTransactionId: token.networkTransactionId,
    initiation: initiationOf(attempt, token),
    amountMinor: attempt.amountMinor,
    currency: attempt.currency,
    capture: attempt.operation === 'charge',
    ...(statement === undefined ? {} : { statement }),
    ...(returnUrl === undefined ? {} : { returnUrl }),
    at: attempt.createdAt,
  }
}

/**
 * Who asks for the money: networks want to know whether a customer is there, or was when it began. Some gateways name no
 * charge, and a method may be charged for the first time with nobody there (the end of a trial, another card): that is
 * never the customer's own first payment.
 */
function initiationOf(attempt: PaymentAttempt, token: AttemptToken): ChargeRequest['initiation'] {
  if (canBeChallenged(attempt)) return 'present'
  const isBegun = token.networkTransactionId !== null || !attempt.isCustomerPresent
  return isBegun ? 'recurring' : 'first'
}

function captureOf(accountId: Uuid, attempt: PaymentAttempt) {
  const { gatewayReference, amountMinor, currency } = attempt
  assert(gatewayReference !== null, 'a capture names what it takes from')
  const key = { accountId, idempotencyKey: attempt.id, at: attempt.createdAt }
  return { ...key, gatewayReference, amountMinor, currency }
}

/** One and the same attempt is sent this often at most; then it counts as declined, and the next is a new one. */
const SENDS_MAX = 2

/**
 * Asks the gateways what became of attempts. One that its gateway has never seen did not happen (a crash came
 * before the call, or the line was cut on the way there): it is sent again under the same key, so that it can
 * take the money only once. Silence on that counts as declined with `communication_error`.
 */
export async function lookUpAttempts(
  settings: SendSettings,
  given: { readonly accountId: Uuid; readonly at: Instant },
  attempts: readonly PaymentAttempt[],
  onOutcome: (answer: AttemptOutcome) => void,
): Promise<void> {
  assertOutsideAsOne()
  const tokens = await loadTokens(settings.database, given.accountId, attempts)
  const statements = await loadStatements(settings.database, given.accountId, attempts)
  const ids = attempts.map(({ id }) => id)
  const sends = await settings.database.statement((tx) => listLastSends(tx, given.accountId, ids))
  await eachByGateway(attempts, settings.concurrency, async (attempt) => {
    const lastSentAt = sends.get(attempt.id) ?? null
    const outcome = await unlessFault(settings.log, sentOf(attempt), () =>
      ask(settings, { ...given, tokens, statements, lastSentAt }, attempt),
    )
    onOutcome({ attempt, outcome })
  })
}

type Asking = {
  readonly accountId: Uuid
  readonly at: Instant
  readonly tokens: TokenByKey
  readonly statements: Statements
  readonly statement?: StatementText
  /** As it was when the look-up began. */
  readonly lastSentAt: Instant | null
}

async function ask(
  settings: SendSettings,
  given: Asking,
  attempt: PaymentAttempt,
): Promise<GatewayOutcome> {
  const { port, slots, gateway } = await settings.gateways.portOf(
    given.accountId,
    attempt.gatewayId,
  )
  // Sent again under the same key, it has to be the same request.
  const statement = statementOf(gateway, given.statements.get(attempt.paymentIntentId))
  return slots.run(async () => {
    const outcome = await askGateway(settings, { ...given, ...statement, port }, attempt)
    return unlessChallenged(settings, { ...given, attempt, port }, outcome)
  })
}

async function askGateway(
  settings: SendSettings,
  given: Asking & { readonly port: GatewayPort },
  attempt: PaymentAttempt,
): Promise<GatewayOutcome> {
  const { accountId, port } = given
  if (!port.abilities.lookUp) {
    const told = await askAboutReturn(settings, port, keyOf(given, attempt))
    return told ?? repeat(settings, given, attempt)
  }
  if (attempt.operation === 'capture') return port.capture(captureOf(accountId, attempt))
  const key = keyOf(given, attempt)
  const found = await port.lookUp({ ...key, lastSentAt: given.lastSentAt })
  if (found.kind === 'found') return found.outcome
  if (attempt.gatewayReference !== null) return forgotten(settings, attempt)
  const firstSentAt = instantFromMs(uuidTimeMs(attempt.id))
  if (mayStillArrive(settings, port, firstSentAt)) return STILL_UNKNOWN

  const sentAt = settings.clock.now()
  const leaseUntil = addMs(sentAt, settings.leaseMs)
  const claim = { accountId, id: attempt.id, sendsMax: SENDS_MAX, leaseUntil, sentAt }
  const resend = await settings.database.tx((tx) => claimResend(tx, claim))
  const { isClaimed, isOpen, lastSentAt } = resend
  // Its gateway has spoken meanwhile, and not of nothing.
  if (!isOpen) return STILL_UNKNOWN
  // Somebody else has sent it again: they wait for the answer until their lease runs out, and nobody looked for that one.
  const isBeingSent = lastSentAt !== null && sentAt - lastSentAt < settings.leaseMs
  if (!isClaimed && (isBeingSent || lastSentAt !== given.lastSentAt)) return STILL_UNKNOWN
  if (!isClaimed)
    return mayStillArrive(settings, port, lastSentAt ?? firstSentAt) ? STILL_UNKNOWN : NEVER_SEEN
  const outcome = await send(settings, given, attempt)
  if (outcome.kind !== 'unknown') return outcome
  const again = await port.lookUp({ ...key, lastSentAt: sentAt })
  if (again.kind === 'found') return again.outcome
  return mayStillArrive(settings, port, sentAt) ? STILL_UNKNOWN : NEVER_SEEN
}

/**
 * A gateway without a look-up tells what became of a charge when it is sent the same one again: it answers under a key
 * as it did the first time, for as long as it keeps keys. After that its webhooks alone can tell.
 */
async function repeat(
  settings: SendSettings,
  given: Asking & { readonly port: GatewayPort },
  attempt: PaymentAttempt,
): Promise<GatewayOutcome> {
  const { port } = given
  const isKept = settings.clock.now() - uuidTimeMs(attempt.id) < (port.repeatableMs ?? 0)
  if (isKept) return repeatedOutcome(await send(settings, given, attempt))
  const { state, gatewayReference } = attempt
  const isPending = state === 'pending' && gatewayReference !== null
  return isPending ? { kind: 'pending', gatewayReference } : UNTOLD
}

const UNTOLD: GatewayOutcome = {
  kind: 'unknown',
  gatewayReference: null,
  cause: 'the gateway tells of its own accord alone',
}

/** The gateway has named this charge before, so it did happen: its silence now proves nothing. */
function forgotten(settings: SendSettings, attempt: PaymentAttempt): GatewayOutcome {
  const { id, gatewayReference } = attempt
  settings.log.error({ attemptId: id, gatewayReference }, 'the gateway has forgotten a charge')
  if (attempt.state === 'pending' && gatewayReference !== null)
    return { kind: 'pending', gatewayReference }
  return unknownOutcome('the gateway has forgotten the charge')
}

const STILL_UNKNOWN = unknownOutcome('not at the gateway yet')

const NEVER_SEEN = declinedOutcome('communication_error', 'The charge did not reach the gateway.')

function tokenKey(key: { readonly paymentMethodId: Uuid; readonly gatewayId: Uuid }): string {
  return `${key.paymentMethodId} ${key.gatewayId}`
}

type Statements = ReadonlyMap<Uuid | null, IntentStatement>

/** What payment intents say of the statement; nothing is read where none is charged. */
async function loadStatements(
  database: ChallengeDeps['database'],
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
): Promise<Statements> {
  const ids = [...new Set(attempts.flatMap((attempt) => attempt.paymentIntentId ?? []))]
  if (ids.length === 0) return new Map()
  const found = await database.statement((tx) => listIntentStatements(tx, accountId, ids))
  return new Map(found.map((statement) => [statement.id, statement]))
}

/** The intent's words before the gateway's own; nothing where nobody has said any. */
function statementOf(
  gateway: Gateway,
  intent: IntentStatement | undefined,
): { readonly statement?: StatementText } {
  const own = gateway.customDescriptor?.enabled === true ? gateway.customDescriptor : null
  const descriptor = intent?.descriptor ?? own?.name ?? null
  const suffix = intent?.suffix ?? null
  if (descriptor === null && suffix === null) return {}
  return { statement: { descriptor, suffix, city: own?.city ?? null } }
}

async function loadTokens(
  database: ChallengeDeps['database'],
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
): Promise<Map<string, AttemptToken>> {
  const methodIds = [...new Set(attempts.map((attempt) => attempt.paymentMethodId))]
  const tokens = await database.statement((tx) => listTokens(tx, accountId, methodIds))
  return new Map(tokens.map((token) => [tokenKey(token), token]))
}
