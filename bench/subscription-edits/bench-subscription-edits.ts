import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import { decodeId, encodeId } from '@perennial/core/ids'
import { addMs, MS_PER_DAY } from '@perennial/core/time'
import pg from 'pg'
import { createServiceApi } from '../../packages/server/src/api.ts'
import {
  workOnEdit,
  workOnReview,
} from '../../packages/server/src/modules/subscription-edits/index.ts'
import { systemClock } from '../../packages/server/src/platform/clock/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { openBenchDatabase } from '../postgres/bench-database.ts'
import { describeRun } from '../postgres/describe-run.ts'
import { seedCatalogue, seedDue } from '../renewals/seed-due.ts'
import { readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { Screen } from '../screen.ts'

const SIZE = 100_000
/** What a review of so many is to take at most. */
const PREVIEW_SECONDS_MAX = 20

/** `npm run bench -- subscription-edits`: bench/README.md tells what is measured. */
export async function benchSubscriptionEdits(
  args: readonly string[],
  { tell, print }: Screen,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      size: { type: 'string', default: String(SIZE) },
    },
  })
  const size = readCount('size', values.size)
  const home = await openBenchDatabase()
  try {
    const figures = await measure(home.url, size, tell)
    const report = {
      bench: 'subscription-edits',
      subscriptions: size,
      preview_seconds_max: PREVIEW_SECONDS_MAX,
      ...figures,
      ...describeRun(home),
    }
    print(
      values.json
        ? JSON.stringify(report, null, 2)
        : `${size} subscriptions: an edit of their profile in ${figures.profile_edit_seconds} s; previewed in ${figures.preview_seconds} s, changed in ${figures.apply_seconds} s, ` +
            `undo previewed in ${figures.undo_preview_seconds} s; memory grew by ${figures.memory_growth_mb} MB`,
    )
  } finally {
    await home.close()
  }
}

async function measure(url: string, size: number, tell: Screen['tell']) {
  tell('filling the database')
  const { account, ids } = await createBenchAccount(url)
  const { accountId, apiKey } = account.sandbox
  const gatewayId = ids.next()
  const dueAt = addMs(systemClock().now(), 10 * MS_PER_DAY)
  await seed(url, async (client) => {
    const given = { accountId, gatewayId, productId: ids.next(), priceId: ids.next() }
    await seedCatalogue(client, given)
    await seedDue(client, given, { from: 0, to: size, dueAt })
  })
  const log = createLogger({ level: 'error', pretty: false })
  const database = createDatabase({ url, applicationName: 'bench' })
  const billing = createBilling({ database, log, worldUrl: null })
  const app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
  const call = async (path: string, payload: object, method: 'POST' | 'PATCH' = 'POST') => {
    const headers = { 'x-api-key': apiKey }
    const answer = await app.inject({ method, url: `/v2${path}`, headers, payload })
    assert(answer.statusCode < 300, answer.body)
    return answer.json<{ data: { id: string; review_token: string | null } }>().data
  }
  /** Begun by the request; what is left of a long one is the worker's. */
  const review = async (path: string, payload: object) => {
    const { id } = await call(path, payload)
    await workOnReview(billing, { accountId, id: idOf('subscription_edit', id) })
    const shown = await app.inject({
      url: `/v2/subscription-edits/${id}`,
      headers: { 'x-api-key': apiKey },
    })
    const edit = shown.json<{ data: { status: string; review_token: string } }>().data
    assert(edit.status === 'draft', 'a review that is over is a draft')
    return { id, review_token: edit.review_token }
  }
  try {
    const frequency = { kind: 'unit', unit: 'month', count: 1 }
    const named = { name: 'Monthly', frequency, payment_profile_id: null }
    const profile = (await call('/subscription-profiles', named)).id
    await seed(url, async (client) => {
      const follow = `update subscriptions set profile_id = $1, date_rule = 'from_renewal'`
      await client.query(follow, [idOf('subscription_profile', profile)])
    })
    const change = { frequency: { ...frequency, count: 2 }, overdue_limit: 3 }
    tell('an edit of the profile')
    const profiled = await timed(() => call(`/subscription-profiles/${profile}`, change, 'PATCH'))
    const before = process.memoryUsage.rss()
    const actions = [
      { type: 'extend_next_renewal', days: 3 },
      { type: 'adjust_amount', rate_bps: 500 },
      { type: 'set_preferred_gateway', gateway_id: encodeId('gateway', gatewayId) },
    ]
    tell('reviewing')
    const previewed = await timed(() => review('/subscription-edits', { actions }))
    const { id, review_token } = previewed.result
    const path = `/subscription-edits/${id}`
    tell('changing')
    const applied = await timed(async () => {
      await call(`${path}/confirm`, { review_token })
      await workOnEdit(billing, { accountId, id: idOf('subscription_edit', id) })
    })
    tell('reviewing what takes it back')
    const undone = await timed(() => review(`${path}/undo`, {}))
    return {
      profile_edit_seconds: profiled.seconds,
      preview_seconds: previewed.seconds,
      apply_seconds: applied.seconds,
      undo_preview_seconds: undone.seconds,
      memory_growth_mb: Math.round((process.memoryUsage.rss() - before) / 1_000_000),
    }
  } finally {
    await app.close()
    await database.close()
  }
}

function idOf(kind: 'subscription_edit' | 'subscription_profile', text: string) {
  const decoded = decodeId(kind, text)
  assert(decoded.kind === 'ok', 'the API tells ids')
  return decoded.id
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const clock = systemClock()
  const startedMs = clock.monotonicMs()
  const result = await work()
  return { result, seconds: Math.round((clock.monotonicMs() - startedMs) / 10) / 100 }
}

async function seed(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
    await client.query('analyze')
  } finally {
    await client.end()
  }
}
