import { addMs, maxInstant, MS_PER_HOUR, MS_PER_SECOND, type Instant } from '@perennial/core/time'
import { toAccountSettings } from '../../../modules/accounts/index.ts'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import { postWebhook } from '../../../modules/recovery/index.ts'
import { unseal } from '../../../platform/crypto/index.ts'
import { eachConcurrently, startLoop, type Loop } from '../../../platform/loop/index.ts'
import { claimDeliveries, recordDelivery, type ClaimedDelivery } from './queries.ts'
import { signatureOf } from './sign.ts'
import { writeDeliveries } from './write-deliveries.ts'

type DeliverDeps = Pick<
  BillingDeps,
  'database' | 'clock' | 'ids' | 'log' | 'keyRing' | 'privateTargets'
>

const MINUTE = 60 * MS_PER_SECOND
/** After the first try (spec/revolv3.md 12.5). */
const TRY_AFTER_MS = [
  0,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * MS_PER_HOUR,
  6 * MS_PER_HOUR,
  24 * MS_PER_HOUR,
]
export const TIMEOUT_MS = 10 * MS_PER_SECOND
const BATCH_MAX = 100
const POSTS_AT_ONCE = 16
/** In a round: a receiver that does not answer keeps the others waiting for one time-out. */
const POSTS_PER_ACCOUNT = 16
/** Longer than a batch may take whose receivers all hang: what is claimed by one worker is sent by no other. */
const LEASE_MS = (Math.ceil(BATCH_MAX / POSTS_AT_ONCE) + 1) * TIMEOUT_MS

/** Writes and sends what is due; how much there was. Two workers never send the same one at the same time. */
export async function deliverRevolv3(deps: DeliverDeps): Promise<number> {
  const written = await writeDeliveries(deps, BATCH_MAX)
  const realNow = deps.clock.now()
  const leaseUntil = addMs(realNow, LEASE_MS)
  const due = await deps.database.statement((tx) =>
    claimDeliveries(tx, {
      realNow,
      leaseUntil,
      limit: BATCH_MAX,
      limitPerAccount: POSTS_PER_ACCOUNT,
    }),
  )
  await eachConcurrently(due, POSTS_AT_ONCE, (delivery) => deliver(deps, delivery))
  return written + due.length
}

async function deliver(deps: DeliverDeps, delivery: ClaimedDelivery): Promise<void> {
  const { accountId, id, body, tries } = delivery
  const { revolv3 } = toAccountSettings(delivery.settings)
  const answer =
    revolv3 === null
      ? { status: null, error: 'the account has no webhook address any more' }
      : await post(deps, { ...revolv3, accountId, body })
  const realNow = deps.clock.now()
  const nextTryAt = answer.status === 200 ? null : nextTry(delivery, realNow)
  const state = answer.status === 200 ? 'done' : nextTryAt === null ? 'dead' : 'waiting'
  if (state === 'dead')
    deps.log.error({ accountId, deliveryId: id, tries, error: answer.error }, 'webhook given up')
  await deps.database.tx((tx) =>
    recordDelivery(tx, { accountId, id }, { state, ...answer, nextTryAt, realNow }),
  )
}

function post(
  deps: DeliverDeps,
  given: {
    readonly accountId: ClaimedDelivery['accountId']
    readonly webhookUrl: string
    readonly webhookKeySealed: string
    readonly body: string
  },
) {
  const { accountId, webhookUrl: url, body } = given
  const key = unseal(deps.keyRing, { text: given.webhookKeySealed, boundTo: accountId })
  return postSigned(deps, { url, key, body })
}

/** One try, signed. */
export function postSigned(
  deps: Pick<DeliverDeps, 'privateTargets'>,
  given: { readonly url: string; readonly key: string; readonly body: string },
) {
  const { url, key, body } = given
  return postWebhook({
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Perennial-Webhooks/1',
      'x-revolv3-signature': signatureOf(key, { url, body }),
    },
    timeoutMs: TIMEOUT_MS,
    privateTargets: deps.privateTargets,
  })
}

function nextTry({ tries, firstTryAt }: ClaimedDelivery, realNow: Instant): Instant | null {
  const afterMs = TRY_AFTER_MS[tries]
  return afterMs === undefined ? null : maxInstant(addMs(firstTryAt, afterMs), realNow)
}

/** Looks for webhooks to write and send once an interval. */
export function startRevolv3Worker(
  deps: DeliverDeps,
  options: { readonly intervalMs: number },
): Loop {
  return startLoop({
    name: 'revolv3 webhooks',
    intervalMs: options.intervalMs,
    log: deps.log,
    round: async () => ({ hasMore: (await deliverRevolv3(deps)) >= POSTS_PER_ACCOUNT }),
  })
}
