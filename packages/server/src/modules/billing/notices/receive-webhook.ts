import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { WebhookReading, WebhookRequest } from '@perennial/core/payments'
import { hasGateway, insertNotices } from '../../payments/notices/index.ts'
import type { BillingDeps } from '../scope.ts'
import { loadScope } from '../load/load-scope.ts'
import { applyNotices } from './apply-notice.ts'
import { countsFrom } from './run-notices.ts'

export type ReceivedWebhook =
  | { readonly kind: 'taken'; readonly answer: string }
  | { readonly kind: 'unknown_gateway' }
  | {
      readonly kind: 'refused'
      readonly reason: Extract<WebhookReading, { kind: 'refused' }>['reason']
    }

/**
 * Takes what a gateway sends. Only what its adapter believes is kept, once for each name that the gateway gave it; then it
 * is applied at once. What cannot be applied now is kept all the same and tried again by a worker.
 */
export async function receiveWebhook(
  deps: BillingDeps,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly request: Omit<WebhookRequest, 'receivedAt'>
  },
): Promise<ReceivedWebhook> {
  const { accountId, gatewayId } = given
  if (!(await deps.database.statement((tx) => hasGateway(tx, accountId, gatewayId))))
    return { kind: 'unknown_gateway' }
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const receivedAt = deps.clock.now()
  const reading = await port.readWebhook({ ...given.request, receivedAt })
  if (reading.kind === 'refused') {
    deps.log.warn({ accountId, gatewayId, reason: reading.reason }, 'gateway webhook refused')
    return reading
  }
  const stored = await deps.database.statement((tx) =>
    insertNotices(tx, {
      accountId,
      gatewayId,
      source: 'webhook',
      notices: reading.notices,
      nextId: () => deps.ids.next(),
      receivedAt,
      leaseMs: deps.leaseMs,
    }),
  )
  try {
    const { clockHeldAt, ...scope } = await loadScope(deps, accountId)
    await applyNotices(
      deps,
      { ...scope, runId: null },
      stored,
      countsFrom(clockHeldAt ?? receivedAt),
    )
  } catch (error) {
    // They are kept: the gateway need not send them again.
    const reason = messageOf(error)
    deps.log.warn({ accountId, gatewayId, reason }, 'notices kept for later')
  }
  return { kind: 'taken', answer: reading.answer ?? '' }
}
