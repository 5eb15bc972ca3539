import { encodeId } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Operation } from '../../calls/operation.ts'
import { showBulkEdit, showBulkRows } from '../../show/show-bulk-edit.ts'
import { BulkPreview, ROWS_MAX, toOurEdit } from '../../wire/bulk-schemas.ts'
import { code, idAt, nothing, pathId, strict, whole } from '../../wire/fields.ts'

const what = 'subscription bulk edit'
const params = strict({ subscription_bulk_edit_id: code('Id of the bulk edit.') })
const optional = Type.Optional
const ROWS_SHOWN = 25

const ConfirmBody = strict({
  preview_id: code('Id of the preview that is confirmed.'),
  limit: optional(whole('Change so many at most, the soonest renewals first.', 1, ROWS_MAX)),
})
const RowsQuery = strict({
  limit: optional(whole('Rows shown.', 1, ROWS_SHOWN)),
  starting_after: optional(code('Only rows behind the one of this subscription.')),
})

const pathOf = (value: string) => `/subscription-edits/${encodeId('subscription_edit', pathId(value, what))}` // prettier-ignore

export const bulkEditOperations: readonly Operation[] = [
  operation({
    name: 'PreviewSubscriptionBulkEdit',
    summary: 'Review a change of many subscriptions',
    method: 'POST',
    path: '/subscription_bulk_edits/preview',
    pair: { type: 'subscription_bulk_edit', method: 'preview' },
    scope: 'subscriptions:write',
    schemas: { params: nothing, query: nothing, body: BulkPreview },
    handle: async ({ v2 }, { body }) => {
      const made = await v2.send('POST', '/subscription-edits', toOurEdit(body))
      const path = `/subscription-edits/${made.text('data.id')}`
      const rows = await v2.get(`${path}/rows?limit=${ROWS_SHOWN}`)
      const { id, ...shown } = showBulkEdit(made)
      return {
        kind: 'action',
        fields: { preview_id: id, ...shown, ...showBulkRows(rows) },
        result: 'Nothing has been changed yet.',
      }
    },
  }),
  operation({
    name: 'CreateSubscriptionBulkEdit',
    summary: 'Confirm a preview: it runs exactly as it was reviewed',
    method: 'POST',
    path: '/subscription_bulk_edits',
    pair: { type: 'subscription_bulk_edit', method: 'create' },
    scope: 'subscriptions:write',
    schemas: { params: nothing, query: nothing, body: ConfirmBody },
    handle: async ({ v2 }, { body }) => {
      const { preview_id: preview, limit } = body
      const path = pathOf(preview)
      const draft = await v2.get(path)
      const done = await v2.send('POST', `${path}/confirm`, {
        review_token: draft.text('data.review_token'),
        limit,
      })
      const { id, ...shown } = showBulkEdit(done)
      return { kind: 'action', fields: { subscription_bulk_edit_id: id, ...shown }, result: 'Subscriptions changed.' } // prettier-ignore
    },
  }),
  operation({
    name: 'GetSubscriptionBulkEdit',
    summary: 'Show a bulk edit and what came of each subscription',
    method: 'GET',
    path: '/subscription_bulk_edits/:subscription_bulk_edit_id',
    pair: { type: 'subscription_bulk_edit', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params, query: RowsQuery, body: nothing },
    handle: async ({ v2 }, { params: { subscription_bulk_edit_id: value }, query }) => {
      const { limit = ROWS_SHOWN, starting_after: after } = query
      const path = pathOf(value)
      const from = after === undefined ? '' : `&starting_after=${encodeId('subscription', idAt('starting_after', after))}` // prettier-ignore
      const shown = showBulkEdit(await v2.get(path))
      const rows = showBulkRows(await v2.get(`${path}/rows?limit=${limit}${from}`))
      return { kind: 'object', idName: 'subscription_bulk_edit_id', object: { ...shown, ...rows } }
    },
  }),
]
