import { toUnixSeconds } from '@perennial/core/time'
import { operation, type Operation } from '../calls/operation.ts'
import { listCalls, type KeptCall } from '../queries/calls.ts'
import { toCode } from '../wire/codes.ts'
import { listQuery, nothing, windowOf } from '../wire/fields.ts'
import { toPage } from './to-page.ts'

const DAYS_MAX = 2

function show(call: KeptCall) {
  return {
    id: toCode(call.id),
    created_date_unix: toUnixSeconds(call.createdAt),
    source: 'direct',
    operation: call.operation,
    http_status: call.status,
    code: call.errorCode === null ? 1 : 0,
    error_code: call.errorCode,
  }
}

/** Where calls come from (spec/revcent.md 16). */
const SOURCES = ['direct', 'web_app', 'webhook', 'account_link', 'ai_assistant', 'system']

export const apiCallOperations: readonly Operation[] = [
  operation({
    name: 'GetAPICalls',
    summary: 'List calls of this API',
    method: 'GET',
    path: '/api_calls',
    pair: { type: 'api_call', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: {
      params: nothing,
      query: listQuery({
        source_filter: {
          description: 'Where calls came from; here all are direct.',
          values: SOURCES,
        },
      }),
      body: nothing,
    },
    handle: async ({ context }, { query }) => {
      const window = windowOf(query, DAYS_MAX)
      const isDirect = query.source_filter?.includes('direct') ?? true
      const found = isDirect
        ? await context.inTx((tx) => listCalls(tx, context.accountId, window))
        : []
      return toPage({ query, ids: found, rows: found.slice(0, window.limit).map(show) })
    },
  }),
]
