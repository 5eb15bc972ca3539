import { assert } from '@perennial/core/fault'
import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import { declinedOutcome, type GatewayOutcome } from '@perennial/core/payments'
import {
  cancelOutside,
  holdOutside,
  settleOutside,
  type OutsideRecovery,
  type OutsideStep,
} from '@perennial/core/recovery'
import { addDays, addMs, MS_PER_SECOND, type Instant } from '@perennial/core/time'
import { accountNow } from '../../../platform/clock/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { FoundOutcome } from '../connectors/collect-there.ts'
import { owePayments } from '../connectors/queries/payments.ts'
import { toClient, type RecoveryClient } from './clients/client.ts'
import { loadView } from './load-view.ts'
import { endOlder } from './end-older.ts'
import { lockCards } from './lock-cards.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { insertOutsideAttempts, settleAttempt } from './queries/attempts.ts'
import { findClientOf } from './queries/clients.ts'
import { insertOutsideDecisions } from './queries/decisions.ts'
import { insertDeliveries } from './queries/deliveries.ts'
import { lockRecovery, lockWithOlder, updateRecoveries } from './queries/recoveries.ts'
import {
  tokensOf,
  toDecisionRow,
  toRecovery,
  toRecoveryUpdate,
  type OutsideAttempt,
  type StoredRecovery,
} from './rows.ts'
import { endEvent } from './webhooks/write-events.ts'

/** How long after a silence the gateway is asked what became of the charge, and how long after the first minutes. */
const ASK_AFTER_MS = 5 * MS_PER_SECOND
const ASK_LATER_MS = 300 * MS_PER_SECOND

export type Settled = {
  readonly recovery: OutsideRecovery
  readonly isUnknown: boolean
  /** Where the cardholder has to authenticate before it can be known. */
  readonly nextActionUrl: string | null
  /** To be charged at once; null = nothing. */
  readonly next: OutsideAttempt | null
  /** The older recovery that was paid by this one as well; null = none. */
  readonly endedId: Uuid | null
}

/** Writes what an attempt came to and what follows from it; null when somebody else has. */
export async function settleOutcome(
  deps: OutsideDeps,
  attempt: OutsideAttempt,
  given: {
    readonly outcome: FoundOutcome
    readonly at: Instant
    /** The answer came by asking for it. */
    readonly isLookUp: boolean
    /** The payer is there for what follows. */
    readonly isPresent: boolean
    /** The cardholder goes on with another card instead of authenticating. */
    readonly isGivenUp?: boolean
  },
): Promise<Settled | null> {
  const { accountId, clientId } = attempt
  const { at, isPresent } = given
  const isPaidElsewhere = given.outcome.kind === 'paid_elsewhere'
  const outcome = given.outcome.kind === 'paid_elsewhere' ? PAID_ELSEWHERE : given.outcome
  return deps.database.tx(
    async (tx) => {
      const { row, older } = await lockToSettle(tx, attempt, outcome)
      const isOurs = await settleAttempt(tx, attempt, endOf(deps, { attempt, outcome, at }))
      if (!isOurs) return null
      const recovery = toRecovery(row)
      if (outcome.kind !== 'succeeded' && outcome.kind !== 'declined')
        return {
          recovery,
          isUnknown: true,
          nextActionUrl: actionOf(outcome),
          next: null,
          endedId: null,
        }
      const { gatewayId } = attempt
      // Where money came nothing is asked of cards.
      const tokens = outcome.kind === 'declined' ? tokensOf(recovery) : []
      const cards = tokens.map((token) => ({ clientId, gatewayId, token }))
      const [client] = await Promise.all([
        clientOf(tx, { accountId, id: clientId }),
        lockCards(tx, accountId, cards),
      ])
      const of = { client, gatewayId, tokens, now: at, isPresent }
      const view = await loadView(deps, tx, of)
      const isOnCardPage = recovery.trigger === 'card_update'
      const isFound = given.isLookUp && !isOnCardPage
      const told = isFound ? { ...recovery, trigger: 'reconciliation' as const } : recovery
      const mayGiveAnother = isOnCardPage || given.isGivenUp === true
      const wasChallenged = mayGiveAnother && attempt.nextActionUrl !== null
      const end = outcome.kind === 'declined' ? { ...outcome, wasChallenged } : outcome
      const step = isPaidElsewhere
        ? { recovery: cancelOutside(told, { reason: BILL_PAID, at }), isAttempting: false }
        : unlessLookedAt(row, told, settleOutside(told, end, view), at)
      const ended = outcome.kind === 'succeeded' ? endOlder(row, { older, at }) : []
      const decided = [{ row, step, gatewayId }, ...ended].map((one) => ({ ...one, client, at }))
      const [next = null] = await writeSteps(deps, tx, decided, { isPresent })
      const endedId = ended[0]?.row.id ?? null
      return { recovery: step.recovery, isUnknown: false, nextActionUrl: null, next, endedId }
    },
    { accountScope: accountId },
  )
}

/** Money that came may be for an older recovery as well. */
async function lockToSettle(
  tx: Tx,
  { accountId, recoveryId: id }: OutsideAttempt,
  { kind }: GatewayOutcome,
): Promise<{ readonly row: StoredRecovery; readonly older: readonly StoredRecovery[] }> {
  const key = { accountId, id }
  const rows = kind === 'succeeded' ? await lockWithOlder(tx, key) : [await lockRecovery(tx, key)]
  const row = rows.at(-1)
  assert(row?.id === id, 'an attempt has its recovery')
  return { row, older: rows.slice(0, -1).filter((one) => one !== null) }
}

/** A new card that came while the old one was charged may have paid the bill where it lives: that is asked first. */
function unlessLookedAt(
  { connector_id: connectorId }: StoredRecovery,
  before: OutsideRecovery,
  step: OutsideStep,
  at: Instant,
): OutsideStep {
  if (connectorId === null) return step
  return holdOutside(before, step, { reason: 'The bill is looked at again first.', until: at })
}

const BILL_PAID = 'The bill was paid where it lives.'

/** What becomes of the charge that has not paid it. */
const PAID_ELSEWHERE = declinedOutcome(
  'communication_error',
  'The bill was paid elsewhere before the charge reached it.',
)

export async function clientOf(
  tx: Tx,
  key: { readonly accountId: RecoveryClient['accountId']; readonly id: RecoveryClient['id'] },
): Promise<RecoveryClient> {
  const row = await findClientOf(tx, key)
  assert(row !== null, 'a recovery has its client')
  return toClient(row)
}

function endOf(
  deps: OutsideDeps,
  given: {
    readonly attempt: OutsideAttempt
    readonly outcome: GatewayOutcome
    readonly at: Instant
  },
) {
  const { attempt, outcome, at } = given
  const nextActionUrl = actionOf(outcome)
  const none = {
    decline: null,
    approvalAdvice: null,
    leaseUntil: null,
    checkAt: null,
    settledAt: null,
    nextActionUrl,
  }
  switch (outcome.kind) {
    case 'succeeded': {
      const { gatewayReference, adviceCode: approvalAdvice = null } = outcome
      return {
        ...none,
        state: 'succeeded' as const,
        gatewayReference,
        approvalAdvice,
        settledAt: at,
      }
    }
    case 'declined': {
      const { gatewayReference, decline } = outcome
      return { ...none, state: 'declined' as const, gatewayReference, decline, settledAt: at }
    }
    case 'pending': {
      const { gatewayReference } = outcome
      return { ...none, state: 'pending' as const, gatewayReference, checkAt: addDays(at, 1) }
    }
    case 'needs_action':
    case 'unknown': {
      const realNow = deps.clock.now()
      const isFresh = realNow - uuidTimeMs(attempt.id) < ASK_LATER_MS
      const leaseUntil = addMs(realNow, isFresh ? ASK_AFTER_MS : ASK_LATER_MS)
      return { ...none, state: 'unknown' as const, gatewayReference: null, leaseUntil }
    }
  }
}

function actionOf(outcome: GatewayOutcome): string | null {
  return outcome.kind === 'needs_action' ? outcome.nextAction.url : null
}

export type DecidedStep = {
  readonly row: StoredRecovery
  readonly step: OutsideStep
  readonly client: RecoveryClient
  readonly gatewayId: OutsideAttempt['gatewayId']
  /** The account's time at which it was decided; absent = now. */
  readonly at?: Instant
}

/** Writes what locked recoveries have become, the attempts that follow, and what is told; returns the attempts. */
export async function writeSteps(
  deps: OutsideDeps,
  tx: Tx,
  decided: readonly DecidedStep[],
  { isPresent }: { readonly isPresent: boolean } = { isPresent: false },
): Promise<readonly OutsideAttempt[]> {
  const attempts = decided.flatMap(({ row, step, client, gatewayId }) => {
    const { recovery } = step
    const connectorId = row.connector_id
    const of = { recovery, client, gatewayId, connectorId, isPresent }
    return step.isAttempting ? [attemptOf(deps, of)] : []
  })
  const deliveries = decided.flatMap(({ row, step, client }) => {
    const idempotencyKey = row.idempotency_key
    const event = endEvent(deps, { client, recovery: step.recovery, idempotencyKey })
    return event === null ? [] : [event]
  })
  const realNow = deps.clock.now()
  const decisions = decided.flatMap(({ row, step, client, at = accountNow(client, realNow) }) => {
    const decision = toDecisionRow(row.account_id, deps.ids.next(), { recovery: step.recovery, at })
    return decision === null ? [] : [decision]
  })
  const rows = decided.map(({ row, step }) => toRecoveryUpdate(row.account_id, step.recovery))
  await Promise.all([
    updateRecoveries(tx, rows),
    insertOutsideAttempts(tx, attempts, addMs(realNow, deps.leaseMs)),
    insertDeliveries(tx, deliveries),
    insertOutsideDecisions(tx, decisions),
  ])
  await oweWon(deps, tx, decided)
  return attempts
}

/** A bill that lives on a platform is to be told of what was won for it. */
async function oweWon(deps: OutsideDeps, tx: Tx, decided: readonly DecidedStep[]): Promise<void> {
  const won = decided.filter(
    ({ row, step }) => row.connector_id !== null && step.recovery.state === 'succeeded',
  )
  const [first] = won
  if (first === undefined) return
  const recoveryIds = won.map(({ row }) => row.id)
  const accountId = first.row.account_id
  await owePayments(tx, { accountId, recoveryIds, realNow: deps.clock.now() })
}

export function attemptOf(
  deps: Pick<OutsideDeps, 'ids'>,
  of: {
    readonly recovery: OutsideRecovery
    readonly client: Pick<RecoveryClient, 'accountId' | 'id'>
    readonly gatewayId: OutsideAttempt['gatewayId']
    readonly connectorId: OutsideAttempt['connectorId']
    readonly isPresent: boolean
  },
): OutsideAttempt {
  const { recovery, client, gatewayId, connectorId, isPresent } = of
  return {
    accountId: client.accountId,
    id: deps.ids.next(),
    recoveryId: recovery.id,
    clientId: client.id,
    gatewayId,
    number: recovery.attemptsMade,
    token: recovery.token,
    amountMinor: recovery.amountMinor,
    currency: recovery.currency,
    createdAt: recovery.lastAttemptAt,
    isCustomerPresent: isPresent,
    connectorId,
    nextActionUrl: null,
  }
}
