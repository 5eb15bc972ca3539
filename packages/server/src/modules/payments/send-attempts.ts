import { assert } from '@perennial/core/fault'
import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import type {
  ChargeRequest,
  GatewayOutcome,
  GatewayPort,
  PaymentAttempt,
} from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Database } from '../../platform/db/index.ts'
import type { GatewayDirectory } from './gateways.ts'
import { listTokens, type AttemptToken } from './queries/methods.ts'

/** An attempt with what its gateway said, or did not say. */
export type AttemptOutcome = { readonly attempt: PaymentAttempt; readonly outcome: GatewayOutcome }

export type SendSettings = {
  readonly database: Database
  readonly gateways: GatewayDirectory
  /** Calls in flight at most. */
  readonly concurrency: number
}

/**
 * Charges attempts that were committed as `sending`, concurrently, outside any transaction. Calls `onOutcome`
 * as each answer comes in. Never throws for a gateway's silence: that is the outcome `unknown`.
 */
export async function sendAttempts(
  settings: SendSettings,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
  onOutcome: (answer: AttemptOutcome) => void,
): Promise<void> {
  const tokens = await loadTokens(settings.database, accountId, attempts)
  await eachConcurrently(attempts, settings.concurrency, async (attempt) => {
    const { port } = await settings.gateways.portOf(accountId, attempt.gatewayId)
    const outcome =
      attempt.operation === 'capture'
        ? await port.capture(captureOf(accountId, attempt))
        : await port.charge(chargeOf(accountId, attempt, tokens.get(tokenKey(attempt))))
    onOutcome({ attempt, outcome })
  })
}

function chargeOf(
  accountId: Uuid,
  attempt: PaymentAttempt,
  token: AttemptToken | undefined,
): ChargeRequest {
  assert(token !== undefined, 'an attempt was planned along a token that exists')
  return {
    accountId,
    idempotencyKey: attempt.id,
    token: token.token,
    paymentMethodId: attempt.paymentMethodId,
    networkTransactionId: token.networkTransactionId,
    amountMinor: attempt.amountMinor,
    currency: attempt.currency,
    capture: attempt.operation === 'charge',
    description: null,
    at: attempt.createdAt,
  }
}

function captureOf(accountId: Uuid, attempt: PaymentAttempt) {
  const { gatewayReference, amountMinor } = attempt
  assert(gatewayReference !== null, 'a capture names what it takes from')
  const key = { accountId, idempotencyKey: attempt.id, at: attempt.createdAt }
  return { ...key, gatewayReference, amountMinor }
}

/**
 * Asks the gateways what became of attempts. A charge that its gateway has never seen did not happen: it
 * counts as declined with `communication_error`, and the next one is a new attempt with a key of its own.
 * A capture is sent again instead: with the same key and amount it takes the money once.
 */
export async function lookUpAttempts(
  settings: Pick<SendSettings, 'gateways' | 'concurrency'>,
  given: { readonly accountId: Uuid; readonly at: Instant; readonly realNow: Instant },
  attempts: readonly PaymentAttempt[],
  onOutcome: (answer: AttemptOutcome) => void,
): Promise<void> {
  await eachConcurrently(attempts, settings.concurrency, async (attempt) => {
    const { port } = await settings.gateways.portOf(given.accountId, attempt.gatewayId)
    if (attempt.operation === 'capture') {
      onOutcome({ attempt, outcome: await port.capture(captureOf(given.accountId, attempt)) })
      return
    }
    const found = await port.lookUp({
      accountId: given.accountId,
      idempotencyKey: attempt.id,
      at: given.at,
    })
    if (found.kind === 'found') onOutcome({ attempt, outcome: found.outcome })
    else
      onOutcome({
        attempt,
        outcome: mayStillArrive(attempt, port, given.realNow) ? STILL_UNKNOWN : NEVER_SEEN,
      })
  })
}

/** A charge that was cut off may be on its way still: its absence means nothing before the gateway's own limit. */
function mayStillArrive(attempt: PaymentAttempt, port: GatewayPort, realNow: Instant): boolean {
  return realNow - uuidTimeMs(attempt.id) < port.absentAfterMs
}

const STILL_UNKNOWN: GatewayOutcome = {
  kind: 'unknown',
  gatewayReference: null,
  cause: 'not at the gateway yet',
}

const NEVER_SEEN: GatewayOutcome = {
  kind: 'declined',
  gatewayReference: null,
  decline: {
    code: 'communication_error',
    isoCode: null,
    adviceCode: null,
    message: 'The charge did not reach the gateway.',
  },
}

function tokenKey(key: { readonly paymentMethodId: Uuid; readonly gatewayId: Uuid }): string {
  return `${key.paymentMethodId} ${key.gatewayId}`
}

async function loadTokens(
  database: Database,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
): Promise<Map<string, AttemptToken>> {
  const methodIds = [...new Set(attempts.map((attempt) => attempt.paymentMethodId))]
  const tokens = await database.tx((tx) => listTokens(tx, accountId, methodIds))
  return new Map(tokens.map((token) => [tokenKey(token), token]))
}

/** Runs `work` over `items` with at most `limit` at a time; the first fault ends it. */
async function eachConcurrently<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane))
}
