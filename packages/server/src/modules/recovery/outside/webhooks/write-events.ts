import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { OutsideRecovery } from '@perennial/core/recovery'
import { formatInstant, type Instant } from '@perennial/core/time'
import type { JsonObject } from '../../../../platform/wire/index.ts'
import type { RecoveryClient } from '../clients/client.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import type { DeliveryRow } from '../queries/deliveries.ts'

type Told = {
  readonly client: RecoveryClient
  readonly recovery: OutsideRecovery
  readonly idempotencyKey: string | null
}

/** The one event that tells the end of a recovery; null while it goes on, or where the client does not want it. */
export function endEvent(deps: Pick<OutsideDeps, 'ids' | 'clock'>, told: Told): DeliveryRow | null {
  const { client, recovery } = told
  const body = bodyOf(told)
  if (body === null) return null
  return toDelivery(deps, { client, recoveryId: recovery.id, body })
}

function bodyOf(told: Told): EventBody | null {
  const { state, recommendedAction } = told.recovery
  if (state === 'succeeded') return succeeded(told)
  if (state === 'blocked') return blocked(told)
  if (!told.client.dunningEnabled) return null
  if (state === 'canceled' && recommendedAction !== null) return { ...failed(told), state }
  return state === 'failed' ? failed(told) : null
}

export type EventBody = JsonObject & { readonly event: string }

function base({ recovery }: Told) {
  return {
    revtainTransactionId: encodeId('recovery_case', recovery.id),
    amount: toWireMinor(recovery.amountMinor),
    currency: recovery.currency,
  }
}

function succeeded(told: Told): EventBody {
  const { recovery } = told
  return {
    event: 'recovery.success',
    ...base(told),
    gatewayTransactionToken: recovery.gatewayReference,
    message: 'Revenue Recovered',
    strategyUsed: recovery.strategy,
    ...triggerOf(recovery),
  }
}

/** Neither the payer's address nor a link: merchants pass these bodies on. */
function failed(told: Told): EventBody {
  const { recovery, idempotencyKey } = told
  return {
    event: 'recovery.failed',
    ...base(told),
    declineCode: recovery.lastDecline?.code ?? null,
    strategyUsed: recovery.strategy,
    gatewaysAttempted: recovery.attemptsMade,
    message: recovery.reason,
    recommendedAction: recovery.recommendedAction,
    idempotencyKey,
    ...triggerOf(recovery),
  }
}

function blocked(told: Told): EventBody {
  const { recovery, idempotencyKey } = told
  return {
    event: 'recovery.blocked',
    ...base(told),
    declineCode: recovery.lastDecline?.code ?? null,
    message: recovery.reason,
    action: 'blocked',
    recommendedAction: recovery.recommendedAction,
    idempotencyKey,
  }
}

/** Another card, or the same one with new data: then both tokens are one. */
export function cardUpdated(updated: {
  readonly oldToken: string
  readonly newToken: string
  readonly source: 'update_page' | 'account_updater'
  readonly at: Instant
  readonly recoveryId: Uuid | null
}): EventBody {
  const { oldToken, newToken, source, at, recoveryId } = updated
  return {
    event: 'card.updated',
    oldPaymentMethodToken: oldToken,
    newPaymentMethodToken: newToken,
    source,
    updatedAt: formatInstant(at),
    revtainTransactionId: recoveryId === null ? null : encodeId('recovery_case', recoveryId),
  }
}

function triggerOf({ trigger }: OutsideRecovery): { readonly trigger?: string } {
  return trigger === null ? {} : { trigger }
}

/** The bytes are fixed here; where there is no address yet, they are kept. */
export function toDelivery(
  { ids, clock }: Pick<OutsideDeps, 'ids' | 'clock'>,
  given: {
    readonly client: RecoveryClient
    readonly recoveryId: Uuid | null
    readonly body: EventBody
  },
): DeliveryRow {
  const { client, recoveryId, body } = given
  const realNow: Instant = clock.now()
  const isSent = client.webhookUrl !== null
  return {
    account_id: client.accountId,
    id: ids.next(),
    client_id: client.id,
    recovery_id: recoveryId,
    event: body.event,
    body: JSON.stringify(body),
    state: isSent ? 'waiting' : 'kept',
    next_try_at: isSent ? realNow : null,
    created_at: realNow,
  }
}
