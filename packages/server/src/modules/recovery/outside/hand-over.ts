import { DECLINE_DIALECTS, declineOfTold, type DeclineDialect } from '@perennial/core/declines'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { openOutside, type HandedOver, type OutsideStep } from '@perennial/core/recovery'
import { addMs, MS_PER_DAY, type Instant } from '@perennial/core/time'
import { accountNow } from '../../../platform/clock/index.ts'
import { refused, type Refused } from '../../../platform/command/index.ts'
import { type Tx, withCommit } from '../../../platform/db/index.ts'
import { lockHandedCards } from '../../payments/index.ts'
import type { BillPlace } from '../connectors/connector.ts'
import { findBillHistory, insertConnectedInvoice } from '../connectors/queries/bills.ts'
import type { RecoveryClient } from './clients/client.ts'
import type { RecalledClient } from './find-face-client.ts'
import { loadView } from './load-view.ts'
import { cardLock, SAME_CHARGE_MS } from './lock-cards.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { insertOutsideAttempts } from './queries/attempts.ts'
import { insertOutsideDecisions } from './queries/decisions.ts'
import { insertDeliveries } from './queries/deliveries.ts'
import {
  findRecovery,
  findRecoveryByKey,
  findRepeatedIds,
  insertRecovery,
  lockNames,
} from './queries/recoveries.ts'
import {
  toDecisionRow,
  toRecoveryRow,
  type OutsideAttempt,
  type RecoveryFrame,
  type StoredRecovery,
} from './rows.ts'
import type { Progress } from './progress.ts'
import { runAttempts } from './run-attempts.ts'
import { attemptOf } from './settle-outside.ts'
import { simulateOutside, type SimulatedOutcome } from './simulate-outside.ts'
import { endEvent } from './webhooks/write-events.ts'

/** A failed payment as its biller hands it over, checked. */
export type HandOverRequest = {
  readonly token: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly originalDeclineCode: string | null
  readonly idempotencyKey: string | null
  readonly isPresent: boolean
  readonly isTrialConversion: boolean
  /** Where a payer who is there comes back to, having authenticated; null = the shop sends them nowhere. */
  readonly returnUrl: string | null
  readonly fallbackTokens: readonly string[]
  readonly methodType: string | null
  readonly country: string | null
  readonly bin: string | null
  readonly customerEmail: string | null
  /** Null unless a test account asks for an outcome. */
  readonly simulate: SimulatedOutcome | null
  /** Absent: its biller handed it over itself. */
  readonly connected?: ConnectedBill
}

/** The bill at the platform that told of the failure. */
export type ConnectedBill = {
  readonly connectorId: Uuid
  readonly collects: 'here' | 'there'
  readonly dialect: DeclineDialect | null
  readonly place: BillPlace
  /** Its last recovery when its platform was asked what is due: what came after that is not in the answer. */
  readonly latestId: Uuid | null
}

export type HandOverAnswer =
  | {
      readonly kind: 'duplicate'
      readonly of: StoredRecovery
      readonly by: 'key' | 'card' | 'move' | 'bill'
    }
  | ({ readonly kind: 'taken'; readonly evidence: number } & Progress)
  | Refused<'no_gateway' | 'token_shape'>

/** Somebody may be waiting; what is not known by then is told later. */
const ANSWER_WITHIN_MS = 9_000

/**
 * Takes a failed payment over: charges it now, plans it, blocks it, or tells of the one that it repeats. A client that was only
 * recalled is confirmed on the way: `FaceClientChanged` means that nothing was done.
 */
export async function handOver(
  deps: OutsideDeps,
  client: RecoveryClient,
  request: HandOverRequest,
  confirm?: RecalledClient['confirm'],
): Promise<HandOverAnswer> {
  const gateway = await gatewayOf(deps, client)
  if (gateway === null) return (await findByKey(deps, client, request)) ?? refused('no_gateway')
  const { vendor } = gateway
  const tokens = [request.token, ...request.fallbackTokens]
  // Where the platform charges, the token is one of the platform's.
  const isCharged = request.connected?.collects !== 'there'
  if (isCharged && vendor !== null && !tokens.every((token) => vendor.isToken(token)))
    return refused('token_shape', { message: vendor.tokenForm })
  const now = accountNow(client, deps.clock.now())
  const dialect =
    request.connected?.dialect ??
    DECLINE_DIALECTS.find((known) => known === vendor?.kind) ??
    'simulated'
  const given = { client, request, confirm, gatewayId: gateway.gateway.id, now, dialect }
  const opened = await deps.database.tx((tx) => open(deps, tx, given), {
    accountScope: client.accountId,
  })
  if (opened.kind === 'duplicate') return opened
  const { step, attempt, evidence } = opened
  if (attempt === null) return { kind: 'taken', ...settledAtOnce(step), evidence }
  const { isPresent, returnUrl } = request
  const work = runAttempts(deps, attempt, { at: () => now, isPresent, returnUrl })
  const progress = await within(ANSWER_WITHIN_MS, work, deps)
  const unanswered = { ...settledAtOnce(step), isUnknown: true }
  return { kind: 'taken', evidence, ...(progress ?? unanswered) }
}

/** What was handed over under this key before, whether the client can be charged for now or not. */
async function findByKey(
  deps: OutsideDeps,
  { accountId, id: clientId }: RecoveryClient,
  { idempotencyKey }: HandOverRequest,
): Promise<Extract<HandOverAnswer, { kind: 'duplicate' }> | null> {
  if (idempotencyKey === null) return null
  const key = { accountId, clientId, idempotencyKey }
  const of = await deps.database.tx((tx) => findRecoveryByKey(tx, key), { accountScope: accountId })
  return of === null ? null : { kind: 'duplicate', of, by: 'key' }
}

function settledAtOnce({ recovery }: OutsideStep): Progress {
  return { recovery, isUnknown: false, nextActionUrl: null }
}

type FoundGateway = Awaited<ReturnType<OutsideDeps['gateways']['find']>>

const found = new WeakMap<
  OutsideDeps['gateways'],
  Map<string, { readonly atMs: number; readonly gateway: FoundGateway }>
>()
/** A gateway that is disabled is given new charges for no longer than this. */
const FRESH_MS = 1_000
const CLIENTS_KEPT = 10_000

/** The gateway that the client's tokens belong to; looked up once a second at most. */
async function gatewayOf(deps: OutsideDeps, client: RecoveryClient): Promise<FoundGateway> {
  const kept = found.get(deps.gateways) ?? new Map()
  found.set(deps.gateways, kept)
  const key = `${client.accountId} ${client.gateway ?? ''}`
  const known = kept.get(key)
  const atMs = deps.clock.monotonicMs()
  if (known !== undefined && atMs - known.atMs < FRESH_MS) return known.gateway
  const gateway = await deps.gateways.find(client.accountId, client.gateway)
  if (kept.size >= CLIENTS_KEPT) kept.clear()
  if (gateway !== null) kept.set(key, { atMs, gateway })
  return gateway
}

/** Null when the time is over; the work goes on. */
async function within(
  ms: number,
  work: Promise<Progress>,
  { log }: Pick<OutsideDeps, 'log'>,
): Promise<Progress | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      // Whatever fails from now on is found again by the look-up of lost answers.
      work.catch((error: unknown) => log.error({ error }, 'a late recovery failed'))
      resolve(null)
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

type Opened =
  | Extract<HandOverAnswer, { kind: 'duplicate' }>
  | {
      readonly kind: 'opened'
      readonly step: OutsideStep
      readonly attempt: OutsideAttempt | null
      readonly evidence: number
    }

type Given = {
  readonly client: RecoveryClient
  readonly request: HandOverRequest
  readonly gatewayId: Uuid
  readonly now: Instant
  readonly dialect: DeclineDialect
  readonly confirm: RecalledClient['confirm'] | undefined
}

async function open(deps: OutsideDeps, tx: Tx, given: Given): Promise<Opened> {
  const { client, request, gatewayId, now } = given
  const { isPresent } = request
  const handed: HandedOver = {
    id: deps.ids.next(),
    amountMinor: request.amountMinor,
    currency: request.currency,
    handedToken: request.token,
    fallbackTokens: request.fallbackTokens.filter((token) => token !== request.token),
    firstDecline: declineOfTold(given.dialect, request.originalDeclineCode),
    isUrgent: request.isPresent || request.isTrialConversion,
    isCustomerPresent: request.isPresent,
    bin: request.bin,
    country: request.country,
  }
  const tokens = [request.token, ...handed.fallbackTokens]
  // On their way together, in this order: what the view shows is read under the locks.
  const [repeated, view] = await Promise.all([
    findRepeated(tx, given),
    loadView(deps, tx, { client, gatewayId, tokens, told: request, now, isPresent }),
    given.confirm?.(tx),
  ])
  if (repeated !== null) return repeated
  const { simulate } = request
  const connectorId = request.connected?.connectorId ?? null
  const step =
    simulate === null ? openOutside(handed, view) : simulateOutside(handed, { simulate, view })
  const attempt = step.isAttempting
    ? attemptOf(deps, { recovery: step.recovery, client, gatewayId, connectorId, isPresent })
    : null
  await write(deps, tx, { ...given, step, attempt })
  return { kind: 'opened', step, attempt, evidence: view.model.evidence.attempts }
}

async function write(
  deps: OutsideDeps,
  tx: Tx,
  given: Given & { readonly step: OutsideStep; readonly attempt: OutsideAttempt | null },
): Promise<void> {
  const { client, request, step, attempt } = given
  const frame: RecoveryFrame = {
    accountId: client.accountId,
    clientId: client.id,
    gatewayId: given.gatewayId,
    idempotencyKey: request.idempotencyKey,
    isSimulated: request.simulate !== null,
    methodType: request.methodType,
    customerEmail: request.customerEmail,
    connectorId: request.connected?.connectorId ?? null,
  }
  const { idempotencyKey } = frame
  const event = endEvent(deps, { client, recovery: step.recovery, idempotencyKey })
  const told = { recovery: step.recovery, at: given.now }
  const decision = toDecisionRow(client.accountId, deps.ids.next(), told)
  const leaseUntil = addMs(deps.clock.now(), deps.leaseMs)
  const writes = Promise.all([
    insertRecovery(tx, toRecoveryRow(frame, step.recovery)),
    insertOutsideAttempts(tx, attempt === null ? [] : [attempt], leaseUntil),
    insertDeliveries(tx, event === null ? [] : [event]),
    insertOutsideDecisions(tx, decision === null ? [] : [decision]),
  ])
  const { connected } = request
  if (connected === undefined) return withCommit(tx, writes)
  await writes
  const { accountId } = client
  await insertConnectedInvoice(tx, { accountId, recoveryId: step.recovery.id, ...connected })
}

/**
 * So long after a new card has taken another one's place, the same amount on it is the same payment: its biller may not have heard
 * yet, for webhooks are sent again for a day. What comes later is the next bill.
 */
const MOVED_MS = MS_PER_DAY

/**
 * Under locks of the key, the card and the bill, so that of two at the same moment one is the repetition. Where the bill is
 * known, it tells what is one payment: one card may have to pay two bills of one amount. What its biller handed over itself
 * names no bill, and counts for this one.
 */
async function findRepeated(
  tx: Tx,
  { client, request, gatewayId, now }: Given,
): Promise<Extract<HandOverAnswer, { kind: 'duplicate' }> | null> {
  const { accountId, id: clientId } = client
  const { token, amountMinor, currency, idempotencyKey } = request
  const tokens = [token, ...request.fallbackTokens]
  const locks = tokens.map((one) => cardLock(clientId, one))
  if (idempotencyKey !== null) locks.push(`recovery key ${clientId} ${idempotencyKey}`)
  const bill = request.connected
  if (bill !== undefined) locks.push(`recovery bill ${bill.connectorId} ${bill.place.invoiceId}`)
  const isBilled = bill !== undefined
  const charge = { accountId, clientId, token, amountMinor, currency, idempotencyKey, isBilled }
  const cards = tokens.map((one) => ({ token: one, clientId, gatewayId }))
  const [, , ids, byBill] = await Promise.all([
    lockNames(tx, locks),
    client.environment === 'live' ? lockHandedCards(tx, accountId, cards) : null,
    findRepeatedIds(tx, charge, {
      since: addMs(now, -SAME_CHARGE_MS),
      movedSince: addMs(now, -MOVED_MS),
    }),
    bill === undefined ? null : findTaken(tx, accountId, bill),
  ])
  const told = async (id: Uuid, by: 'key' | 'card' | 'move') => {
    const of = await findRecovery(tx, { accountId, id, clientId })
    assert(of !== null, 'what was just found is there')
    return { kind: 'duplicate', of, by } as const
  }
  if (ids.byKey !== null) return told(ids.byKey, 'key')
  if (byBill !== null) return { kind: 'duplicate', of: byBill, by: 'bill' }
  if (ids.byCard !== null) return told(ids.byCard, 'card')
  return ids.byMove === null ? null : told(ids.byMove, 'move')
}

/** What is done for the bill already, or was since its platform was asked. */
async function findTaken(
  tx: Tx,
  accountId: Uuid,
  { connectorId, place: { invoiceId }, latestId }: ConnectedBill,
): Promise<StoredRecovery | null> {
  const known = await findBillHistory(tx, { accountId, connectorId, invoiceId })
  if (known === null) return null
  const { latest, isOpen, isOwed } = known
  return isOpen || isOwed || latest.id !== latestId ? latest : null
}
