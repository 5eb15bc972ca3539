import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext, Decision } from '../../platform/command/index.ts'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../platform/http/index.ts'
import {
  cursorListOf,
  cursorQuery,
  toCursorList,
  toPageRequest,
} from '../../platform/lists/index.ts'
import {
  closedObject,
  idField,
  integerField,
  nullable,
  oneOf,
  textField,
} from '../../platform/wire/index.ts'
import type { BillingDeps } from '../billing/index.ts'
import { EditItem, EditRowItem } from './answer-schemas.ts'
import { type EditRecord, ROW_RESULTS } from './edit.ts'
import { editErrors, type EditRefusal } from './errors.ts'
import { listEdits } from './queries/edits.ts'
import { readEdit, readEditRows, type ShownEdit } from './read-edits.ts'
import { readRequest } from './request/read-request.ts'
import { PreviewBody } from './request/schemas.ts'
import { previewEdit } from './review/preview-edit.ts'
import { previewUndo } from './review/preview-undo.ts'
import { confirmEdit } from './run/confirm-edit.ts'
import { cancelEdit, pauseEdit, resumeEdit } from './run/stop-edit.ts'
import { workApart } from './run/work-on-edits.ts'
import { toWireEdit, toWireRow } from './wire.ts'

const tags = ['Subscription edits']
const read = { scope: 'subscriptions:read' } as const
const write = { scope: 'subscriptions:write' } as const
const Answer = Type.Object({ data: EditItem })
const params = Type.Object({ id: idField('subscription_edit', 'Id of the edit.') })
const url = '/v2/subscription-edits'
const LIMIT_MAX = 1_000_000
/** Batches that a confirmation does itself: small edits are done when it answers, the worker goes on with large ones. */
const BATCHES_AT_ONCE = 1

export function subscriptionEditsRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('subscription_edit', async (context, id) => {
      const shown = await readEdit(context, id)
      return shown === null ? null : { data: toWire(shown) }
    })
    addPreview(app)
    addReads(app)
    addRows(app)
    addRuns(app, deps)
    addStops(app)
  }
}

const toWire = ({ edit, undoneById }: ShownEdit) => toWireEdit(edit, undoneById)

async function show(context: CommandContext, id: Uuid) {
  const shown = await readEdit(context, id)
  if (shown === null) throw ApiRefusal.notFound('subscription edit')
  return { data: toWire(shown) }
}

function addPreview(app: ApiInstance): void {
  app.post(
    '/subscription-edits',
    {
      config: write,
      schema: {
        tags,
        summary: 'Preview a change of many subscriptions',
        description:
          'Reviews what each subscription that matches would become and keeps the review as a draft. Nothing else is written. Of more than 20,000 subscriptions the first part is there when this answers and the status is previewing: the review goes on by itself, and progress_percent tells how far it is.',
        body: PreviewBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const request = readRequest(context, body)
      const edit = acceptedOr(await previewEdit(context, request), editErrors)
      return reply.code(201).send({ data: toWireEdit(edit, null) })
    },
  )
}

function addReads(app: ApiInstance): void {
  app.get(
    '/subscription-edits',
    {
      config: read,
      schema: {
        tags,
        summary: 'List subscription edits',
        querystring: Type.Object(cursorQuery('subscription_edit')),
        response: { 200: cursorListOf(EditItem, 'Edits, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listEdits(tx, { accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url, toItem: (edit) => toWireEdit(edit, null) })
    },
  )

  app.get(
    '/subscription-edits/:id',
    {
      config: read,
      schema: { tags, summary: 'Show a subscription edit', params, response: { 200: Answer } },
    },
    async ({ context, params: { id } }) => show(context, id),
  )
}

function addRows(app: ApiInstance): void {
  app.get(
    '/subscription-edits/:id/rows',
    {
      config: read,
      schema: {
        tags,
        summary: 'List the subscriptions of an edit',
        description: 'Each as it was reviewed, before and after, and what came of it.',
        params,
        querystring: Type.Object({
          result: Type.Optional(oneOf(ROW_RESULTS, { description: 'Only rows with this result.' })),
          limit: cursorQuery('subscription').limit,
          starting_after: Type.Optional(
            idField('subscription', 'Only rows behind the one of this subscription.'),
          ),
        }),
        response: { 200: cursorListOf(EditRowItem, 'Rows, the soonest renewal first.') },
      },
    },
    async ({ context, params: { id }, query }) => {
      const { limit } = toPageRequest(query)
      const { result = null, starting_after: startingAfter = null } = query
      const found = await readEditRows(context, { id, result, startingAfter, limit })
      if (found === null) throw ApiRefusal.notFound('subscription edit')
      const { segments, segmentBy } = found.edit
      return toCursorList({
        page: found,
        url: `${url}/${encodeId('subscription_edit', id)}/rows`,
        toItem: (row) => toWireRow(row, segments, segmentBy),
      })
    },
  )
}

const ConfirmBody = closedObject({
  review_token: textField('The token of the review that is confirmed.', { maxLength: 100 }),
  limit: Type.Optional(
    nullable(
      integerField('Change so many of the planned ones at most, the soonest renewals first.', {
        minimum: 1,
        maximum: LIMIT_MAX,
      }),
    ),
  ),
})

function addRuns(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/subscription-edits/:id/confirm',
    {
      config: write,
      schema: {
        tags,
        summary: 'Confirm a subscription edit',
        description:
          'Lets it run, exactly as it was reviewed. A small edit is done when this answers; a large one goes on.',
        params,
        body: ConfirmBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { accountId } = context
      acceptedOr(
        await confirmEdit(context, {
          id,
          reviewToken: body.review_token,
          limit: body.limit ?? null,
        }),
        editErrors,
      )
      await workApart(deps, { accountId, id, batchesMax: BATCHES_AT_ONCE + 1 })
      return show(context, id)
    },
  )

  app.post(
    '/subscription-edits/:id/undo',
    {
      config: write,
      schema: {
        tags,
        summary: 'Preview the undoing of a subscription edit',
        description: 'A draft of its own, to be reviewed and confirmed like any other.',
        params,
        response: { 201: Answer },
      },
    },
    async ({ context, params: { id } }, reply) => {
      const edit = acceptedOr(await previewUndo(context, id), editErrors)
      return reply.code(201).send({ data: toWireEdit(edit, null) })
    },
  )
}

type Stop = (context: CommandContext, id: Uuid) => Promise<Decision<EditRecord, EditRefusal>>

function addStops(app: ApiInstance): void {
  const stops: readonly (readonly [string, Stop, string])[] = [
    ['pause', pauseEdit, 'Stop a running edit for now'],
    ['resume', resumeEdit, 'Let a paused edit go on'],
    ['cancel', cancelEdit, 'End an edit for good'],
  ]
  for (const [name, stop, summary] of stops) {
    app.post(
      `/subscription-edits/:id/${name}`,
      { config: write, schema: { tags, summary, params, response: { 200: Answer } } },
      async ({ context, params: { id } }) => {
        acceptedOr(await stop(context, id), editErrors)
        return show(context, id)
      },
    )
  }
}
