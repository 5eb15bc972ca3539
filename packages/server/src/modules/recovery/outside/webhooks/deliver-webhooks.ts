import { createHmac } from 'node:crypto'
import { addMs, maxInstant, MS_PER_HOUR, MS_PER_SECOND, type Instant } from '@perennial/core/time'
import { unseal } from '../../../../platform/crypto/index.ts'
import { eachConcurrently, startLoop, type Loop } from '../../../../platform/loop/index.ts'
import { alertMerchant } from '../../alerts/alert-merchant.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { claimDeliveries, recordDelivery, type ClaimedDelivery } from '../queries/deliveries.ts'
import { postWebhook } from './post-webhook.ts'

type DeliverDeps = Pick<
  OutsideDeps,
  'database' | 'clock' | 'ids' | 'log' | 'keyRing' | 'privateTargets'
>

const MINUTE = 60 * MS_PER_SECOND
/** Counted from the first try: three at once, the others over a day (spec/revtain.md 9.2). */
const TRY_AFTER_MS = [
  0,
  2 * MS_PER_SECOND,
  8 * MS_PER_SECOND,
  5 * MINUTE,
  15 * MINUTE,
  MS_PER_HOUR,
  3 * MS_PER_HOUR,
  6 * MS_PER_HOUR,
  12 * MS_PER_HOUR,
  24 * MS_PER_HOUR,
]
const TIMEOUT_MS = 10 * MS_PER_SECOND
const BATCH_MAX = 100
const POSTS_AT_ONCE = 16
/** Of one client in a round: a receiver that does not answer keeps the others waiting for one time-out. */
const POSTS_PER_CLIENT = 16
/** Longer than a whole batch may take, in which tries wait for each other: who is claimed last is not claimed twice. */
const LEASE_MS = (Math.ceil(BATCH_MAX / POSTS_AT_ONCE) + 1) * TIMEOUT_MS

/** Sends what is due; how many were tried. Two workers never send the same one at the same time. */
export async function deliverWebhooks(deps: DeliverDeps): Promise<number> {
  const realNow = deps.clock.now()
  const leaseUntil = addMs(realNow, LEASE_MS)
  const due = await deps.database.statement((tx) =>
    claimDeliveries(tx, {
      realNow,
      leaseUntil,
      limit: BATCH_MAX,
      limitPerClient: POSTS_PER_CLIENT,
    }),
  )
  await eachConcurrently(due, POSTS_AT_ONCE, (delivery) => deliver(deps, delivery))
  return due.length
}

async function deliver(deps: DeliverDeps, delivery: ClaimedDelivery): Promise<void> {
  const { account_id: accountId, id, body, tries, webhook_url: url } = delivery
  const sealed = { text: delivery.webhook_secret_sealed, boundTo: accountId }
  const secret = unseal(deps.keyRing, sealed)
  const answer =
    url === null
      ? { status: null, error: 'the client has no webhook address any more' }
      : await postWebhook({
          url,
          body,
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Perennial-Webhooks/1',
            'x-revtain-signature': signatureOf(secret, body),
            'x-revtain-event-id': id,
            'x-revtain-delivery-attempt': String(tries),
          },
          timeoutMs: TIMEOUT_MS,
          privateTargets: deps.privateTargets,
        })
  const realNow = deps.clock.now()
  const nextTryAt = answer.status === 200 ? null : nextTry(delivery, realNow)
  const state = answer.status === 200 ? 'done' : nextTryAt === null ? 'dead' : 'waiting'
  if (state === 'dead')
    deps.log.error({ accountId, deliveryId: id, tries, error: answer.error }, 'webhook given up')
  const result = { state, ...answer, nextTryAt, realNow } as const
  if (state !== 'dead') {
    await deps.database.statement((tx) => recordDelivery(tx, { accountId, id }, result))
    return
  }
  await deps.database.tx(
    async (tx) => {
      await recordDelivery(tx, { accountId, id }, result)
      const type = 'recovery_client.webhook_given_up'
      const problem = answer.error ?? `answered ${answer.status}`
      await alertMerchant(deps, tx, { accountId, type, objectId: delivery.client_id, problem })
    },
    { accountScope: accountId },
  )
}

/** Lower-case hex over the raw bytes; the whole secret, prefix included, is the key. */
export function signatureOf(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

function nextTry({ tries, first_try_at: firstTryAt }: ClaimedDelivery, realNow: Instant) {
  const afterMs = TRY_AFTER_MS[tries]
  return afterMs === undefined ? null : maxInstant(addMs(firstTryAt, afterMs), realNow)
}

/** Looks for webhooks to send once an interval. */
export function startWebhookWorker(
  deps: DeliverDeps,
  options: { readonly intervalMs: number },
): Loop {
  return startLoop({
    name: 'recovery webhooks',
    intervalMs: options.intervalMs,
    log: deps.log,
    round: async () => ({ hasMore: (await deliverWebhooks(deps)) > 0 }),
  })
}
