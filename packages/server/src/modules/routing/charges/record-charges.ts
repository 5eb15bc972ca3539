import { encodeId, type Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { RouteStep } from '@perennial/core/routing'
import { instantFromMs, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { factNumberOf, type NewEvent, recordEvents } from '../../../platform/outbox/index.ts'
import { toStoredJson } from '../json-forms.ts'
import {
  addBinResults,
  addUsage,
  insertDecisions,
  saveTurns,
  type UsageDelta,
} from '../queries/decisions.ts'

/** A route's step as it is kept: `id` is the attempt's, or its own when the route stopped. */
export type RouteDecision = {
  readonly id: Uuid
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly step: RouteStep
  readonly at: Instant
  /** Nothing follows it: a part of a bill that was asked for, or a choice that no profile made. */
  readonly isAlone?: true
}

/** Writes decisions of many charges, and the turns that they took. */
export async function recordDecisions(
  tx: Tx,
  accountId: Uuid,
  {
    decisions,
    nextId,
  }: {
    readonly decisions: readonly RouteDecision[]
    readonly nextId: () => Uuid
  },
): Promise<void> {
  if (decisions.length === 0) return
  await recordEvents(
    tx,
    decisions.flatMap((decision) => toFunctionCalls(accountId, decision, nextId)),
  )
  await insertDecisions(
    tx,
    decisions.map(({ id, invoiceId, paymentIntentId, step, at, isAlone }) => ({
      account_id: accountId,
      id,
      invoice_id: invoiceId,
      payment_intent_id: paymentIntentId,
      kind: step.kind,
      stop_code: step.kind === 'stop' ? step.code : null,
      gateway_id: step.kind === 'charge' ? step.gatewayId : null,
      payment_profile_id: step.state.profileId,
      payment_profile_version: step.state.profileId === null ? null : step.state.profileVersion,
      state: toStoredJson(isAlone === true ? { ...step.state, isAlone } : step.state),
      // A list, not an object; jsonb takes either.
      reasons: toStoredJson(step.reasons),
      created_at: at,
    })),
  )
  await saveTurns(
    tx,
    accountId,
    decisions.flatMap(({ step }) => step.turns),
  )
}

/** A flow calls a merchant's own function by an event, at least once, and does not wait for it. */
function toFunctionCalls(accountId: Uuid, decision: RouteDecision, nextId: () => Uuid): NewEvent[] {
  const { step, invoiceId, paymentIntentId, at } = decision
  const { profileId } = step.state
  if (profileId === null) return []
  return step.effects.map(({ node, functionName }) => {
    const id = nextId()
    return {
      accountId,
      id,
      type: 'payment_profile.function_called',
      objectKind: 'payment_profile',
      objectId: profileId,
      factNumber: factNumberOf(id),
      customerId: null,
      subscriptionId: null,
      invoiceId,
      data: {
        object: 'function_call',
        function_name: functionName,
        node,
        payment_profile_id: encodeId('payment_profile', profileId),
        invoice_id: invoiceId === null ? null : encodeId('invoice', invoiceId),
        payment_intent_id:
          paymentIntentId === null ? null : encodeId('payment_intent', paymentIntentId),
        gateway_id: step.kind === 'charge' ? encodeId('gateway', step.gatewayId) : null,
        metadata: { ...step.state.metadata },
      },
      previousAttributes: null,
      request: null,
      occurredAt: at,
    }
  })
}

/** So many rows an hour that workers which settle at the same moment seldom wait for each other. */
const SLOTS = 8

/**
 * Counts settled charges by gateway, hour and currency, and by BIN where the account routes. `seed` picks the
 * rows that are added to: any id that was just made.
 */
export async function recordUsage(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly settled: readonly PaymentAttempt[]
    /** Those of them that have counted as declined before: only the money that they took is new. */
    readonly recounted?: ReadonlySet<Uuid>
    readonly chargebacks: readonly Chargeback[]
    readonly seed: Uuid
    readonly learnsBins: boolean
  },
): Promise<void> {
  const charged = given.settled.filter(
    ({ state, settledAt }) => settledAt !== null && (state === 'succeeded' || state === 'declined'),
  )
  if (charged.length === 0 && given.chargebacks.length === 0) return
  const slot = Number.parseInt(given.seed.slice(-2), 16) % SLOTS
  const { recounted = NONE } = given
  await addUsage(tx, accountId, { deltas: deltasOf(charged, given.chargebacks, recounted), slot })
  if (!given.learnsBins) return
  await addBinResults(
    tx,
    accountId,
    charged
      .filter(({ operation, id }) => operation !== 'capture' && !recounted.has(id))
      .map(({ paymentMethodId, gatewayId, state, settledAt, createdAt }) => ({
        paymentMethodId,
        gatewayId,
        at: settledAt ?? createdAt,
        isApproved: state === 'succeeded',
      })),
  )
}

const NONE: ReadonlySet<Uuid> = new Set()

/** A dispute counts from the moment it is opened, whatever comes of it. */
export type Chargeback = {
  readonly gatewayId: Uuid
  readonly currency: string
  readonly createdAt: Instant
}

function deltasOf(
  charged: readonly PaymentAttempt[],
  chargebacks: readonly Chargeback[],
  recounted: ReadonlySet<Uuid>,
): UsageDelta[] {
  const deltas = new Map<string, UsageDelta>()
  const deltaAt = (gatewayId: Uuid, currency: string, at: Instant) => {
    const hourAt = instantFromMs(at - (at % MS_PER_HOUR))
    const key = `${gatewayId} ${hourAt} ${currency}`
    return { key, before: deltas.get(key) ?? { ...NOTHING, gatewayId, hourAt, currency } }
  }
  for (const { gatewayId, currency, createdAt } of chargebacks) {
    const { key, before } = deltaAt(gatewayId, currency, createdAt)
    deltas.set(key, { ...before, chargebacks: before.chargebacks + 1 })
  }
  for (const attempt of charged) {
    const { gatewayId, currency, operation } = attempt
    const { key, before } = deltaAt(gatewayId, currency, attempt.settledAt ?? attempt.createdAt)
    const isApproved = attempt.state === 'succeeded'
    const isCaptured = isApproved && operation !== 'authorize'
    // A capture takes what an approval holds: it is not approved a second time.
    const counts = operation === 'capture' || recounted.has(attempt.id) ? 0 : 1
    deltas.set(key, {
      ...before,
      capturedMinor: before.capturedMinor + (isCaptured ? attempt.amountMinor : 0n),
      approved: before.approved + (isApproved ? counts : 0),
      declined: before.declined + (isApproved ? 0 : counts),
    })
  }
  return [...deltas.values()]
}

const NOTHING = { capturedMinor: 0n, approved: 0, declined: 0, chargebacks: 0 }
