import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { addMs, instantFromMs, MS_PER_DAY, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { DatabaseOutage } from '../../../platform/db/index.ts'
import {
  claimReconciliation,
  listComparedGateways,
  saveReconcileCursor,
  type ComparedGateway,
} from '../../payments/reconciliation/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { reconcileGateway } from './reconcile-gateway.ts'

/** A day is compared once it has been over for this long: gateways list it by then. */
const AFTER_MIDNIGHT_MS = 6 * MS_PER_HOUR

/**
 * The daily comparison of every gateway whose day has come by the account's time. Days that nobody compared are done in
 * one go. How many gateways were compared.
 */
export async function runDueReconciliations(
  deps: BillingDeps,
  scope: BillingScope,
  at: Instant,
  signal: AbortSignal,
): Promise<number> {
  const due = await deps.database.statement((tx) => listComparedGateways(tx, scope.accountId, at))
  let compared = 0
  for (const gateway of due) {
    if (signal.aborted) return compared
    if (await compareDays(deps, scope, gateway, at)) compared += 1
  }
  return compared
}

async function compareDays(
  deps: BillingDeps,
  scope: BillingScope,
  gateway: ComparedGateway,
  at: Instant,
): Promise<boolean> {
  const { accountId } = scope
  const { gatewayId } = gateway
  const until = addMs(at, MS_PER_HOUR)
  const claim = { accountId, gatewayId, at, until }
  if (!(await deps.database.statement((tx) => claimReconciliation(tx, claim)))) return false
  const span = { from: startOf(gateway), until: midnightBefore(at) }
  const isAble = span.from < span.until ? await listsMovements(deps, accountId, gatewayId) : false
  const done = isAble === true ? await reconcileGateway(deps, scope, { gatewayId, span, at }) : null
  const isFailed = isAble === null || (done !== null && done.error !== null)
  const movementsUntil = done === null || isFailed ? null : span.until
  const next = addMs(midnightBefore(at), MS_PER_DAY + AFTER_MIDNIGHT_MS)
  const reconcileAt = isFailed ? addMs(at, MS_PER_HOUR) : next
  await deps.database.statement((tx) =>
    saveReconcileCursor(tx, { accountId, gatewayId, movementsUntil, reconcileAt }),
  )
  return done !== null
}

/** Null when it cannot be reached. */
export async function listsMovements(
  deps: BillingDeps,
  accountId: Uuid,
  gatewayId: Uuid,
): Promise<boolean | null> {
  try {
    const { port } = await deps.gateways.portOf(accountId, gatewayId)
    return port.abilities.movements
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    const reason = messageOf(error)
    deps.log.warn({ accountId, gatewayId, reason }, 'a gateway could not be connected')
    return null
  }
}

/** From where a gateway has not been compared yet. */
export function startOf({ movementsUntil, beganAt }: ComparedGateway): Instant {
  return movementsUntil ?? midnightBefore(beganAt)
}

/** UTC, as gateways count their days. */
export function midnightBefore(at: Instant): Instant {
  return instantFromMs(Math.floor(at / MS_PER_DAY) * MS_PER_DAY)
}
