import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import type { ApiModule } from '../../../platform/http/index.ts'
import {
  cursorListOf,
  cursorQuery,
  plainListOf,
  toCursorList,
  toPageRequest,
} from '../../../platform/lists/index.ts'
import { listParked } from '../../subscriptions/index.ts'
import { listRuns } from './queries/runs.ts'
import { retryParked } from './retry-parked.ts'
import {
  ParkedItem,
  RenewalRunItem,
  RetryParkedAnswer,
  RetryParkedBody,
  toWireRun,
} from './run-schemas.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'

const tags = ['Renewal runs']
const PARKED_SHOWN_MAX = 1_000

/** Renewal runs, what they set aside, and the retry of it. */
export function renewalRunsRoutes(deps: BillingDeps): ApiModule {
  return (app) => {
    app.get(
      '/renewal-runs',
      {
        config: { scope: 'renewal_runs:read' },
        schema: {
          tags,
          summary: 'List renewal runs',
          querystring: Type.Object(cursorQuery('renewal_run')),
          response: { 200: cursorListOf(RenewalRunItem, 'Runs, newest first.') },
        },
      },
      async ({ context, query }) => {
        const page = await context.inTx((tx) =>
          listRuns(tx, context.accountId, toPageRequest(query)),
        )
        return toCursorList({ page, url: '/v2/renewal-runs', toItem: toWireRun })
      },
    )

    app.get(
      '/renewal-runs/parked',
      {
        config: { scope: 'renewal_runs:read' },
        schema: {
          tags,
          summary: 'List subscriptions that a fault has set aside',
          response: {
            200: Type.Pick(plainListOf(ParkedItem, 'Parked subscriptions, at most 1,000.'), [
              'data',
            ]),
          },
        },
      },
      async ({ context }) => {
        const parked = await context.inTx((tx) =>
          listParked(tx, context.accountId, PARKED_SHOWN_MAX),
        )
        const data = parked.map(({ id, parkedAt, reason }) => ({
          subscription_id: encodeId('subscription', id),
          parked_at: formatInstant(parkedAt),
          reason,
        }))
        return { data }
      },
    )

    app.post(
      '/renewal-runs/retry-parked',
      {
        config: { scope: 'renewal_runs:write' },
        schema: {
          tags,
          summary: 'Try parked subscriptions again',
          body: Type.Optional(RetryParkedBody),
          response: { 200: RetryParkedAnswer },
        },
      },
      async ({ context, body }) => {
        const given = { ids: body?.subscription_ids ?? null, now: context.now }
        const { unparked, run } = await retryParked(deps, scopeOf(context), given)
        return { data: { unparked, renewed: run.done.renewed, parked: run.done.parked.length } }
      },
    )
  }
}
