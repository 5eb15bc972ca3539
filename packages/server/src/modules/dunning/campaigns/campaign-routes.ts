import { previewCampaign } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
  noted,
} from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { campaignOf } from '../campaign-of.ts'
import { dunningErrors } from '../errors.ts'
import {
  deleteAssignment,
  findCampaign,
  listAssignments,
  listCampaigns,
  type CampaignRow,
} from '../queries/campaigns.ts'
import {
  AssignBody,
  AssignmentItem,
  AssignmentListQuery,
  AssignmentParams,
  CampaignCreateBody,
  CampaignItem,
  CampaignListQuery,
  CampaignParams,
  CampaignUpdateBody,
  DefaultCampaignItem,
  PreviewBody,
  PreviewItem,
  toSteps,
  toWireAssignment,
  toWireCampaign,
  toWirePreviewed,
} from './campaign-schemas.ts'
import { archiveCampaign, assignCampaign, changeCampaign, createCampaign } from './save-campaign.ts'

const tags = ['Dunning campaigns']
const Answer = Type.Object({ data: CampaignItem })

/** `/v2/dunning-campaigns` and who they are for. */
export const dunningRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('dunning_campaign', async (context, id) => {
    const row = await find(context, id)
    return row === null ? null : { data: toWireCampaign(row) }
  })
  addReads(app)
  addWrites(app)
  addPreview(app)
  addAssignments(app)
}

function find(context: CommandContext, id: Uuid): Promise<CampaignRow | null> {
  return context.inTx((tx) => findCampaign(tx, { accountId: context.accountId, id }))
}

function addReads(app: ApiInstance): void {
  app.get(
    '/dunning-campaigns',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'List dunning campaigns',
        querystring: CampaignListQuery,
        response: { 200: cursorListOf(CampaignItem, 'Campaigns, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = await context.inTx((tx) =>
        listCampaigns(tx, context.accountId, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/dunning-campaigns', toItem: toWireCampaign })
    },
  )

  app.get(
    '/dunning-campaigns/default',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'Show the built-in dunning campaign',
        description:
          "It is made of the account's dunning settings and used where none is assigned.",
        response: { 200: Type.Object({ data: DefaultCampaignItem }) },
      },
    },
    async ({ context }) => {
      const steps = campaignOf(context.account.settings).map((step) => ({ ...step }))
      return { data: { object: 'dunning_campaign' as const, name: 'Default', steps } }
    },
  )

  app.get(
    '/dunning-campaigns/:id',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'Show a dunning campaign',
        params: CampaignParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => {
      const row = await find(context, id)
      if (row === null) throw ApiRefusal.notFound('dunning campaign')
      return { data: toWireCampaign(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/dunning-campaigns',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Create a dunning campaign',
        description: 'It is used once it is assigned. What is wrong is named by its place.',
        body: CampaignCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createCampaign(context, {
        name: body.name,
        description: body.description ?? null,
        steps: toSteps(body.steps),
      })
      return reply.code(201).send({ data: toWireCampaign(acceptedOr(made, dunningErrors)) })
    },
  )

  app.patch(
    '/dunning-campaigns/:id',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Change a dunning campaign',
        description: 'Failures that are open already go on by the steps that they began with.',
        params: CampaignParams,
        body: CampaignUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = {
        ...given('name', body.name),
        ...given('description', body.description),
        ...given('steps', body.steps === undefined ? undefined : toSteps(body.steps)),
      }
      const changed = await changeCampaign(context, { id, change })
      return { data: toWireCampaign(acceptedOr(changed, dunningErrors)) }
    },
  )

  app.post(
    '/dunning-campaigns/:id/archive',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Use a dunning campaign no more',
        description: 'Its assignments end; failures that are open already go on by its steps.',
        params: CampaignParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => {
      const archived = await archiveCampaign(context, id)
      return { data: toWireCampaign(acceptedOr(archived, dunningErrors)) }
    },
  )
}

function addPreview(app: ApiInstance): void {
  app.post(
    '/dunning-campaigns/preview',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'Put a dunning campaign on the calendar',
        description: 'Of a campaign, of steps that are not saved yet, or of the built-in one.',
        body: PreviewBody,
        response: { 200: Type.Object({ data: PreviewItem }) },
      },
    },
    async ({ context, body }) => {
      const { campaign_id: id, failed_at: failedAt = context.now } = body
      const stored = id === undefined ? null : await find(context, id)
      if (id !== undefined && stored === null)
        throw ApiRefusal.notFound('dunning campaign', 'campaign_id')
      const asked = body.steps === undefined ? null : toSteps(body.steps)
      const steps = asked ?? stored?.steps ?? campaignOf(context.account.settings)
      return {
        data: {
          object: 'dunning_preview' as const,
          failed_at: formatInstant(failedAt),
          steps: previewCampaign(steps, failedAt).map(toWirePreviewed),
        },
      }
    },
  )
}

function addAssignments(app: ApiInstance): void {
  app.post(
    '/dunning-campaigns/:id/assign',
    {
      config: { scope: 'recovery:write', reload: noted },
      schema: {
        tags,
        summary: 'Say who a dunning campaign is for',
        description:
          "A subscription's own campaign comes before its product's, and that before the account's. Failures that are open already keep theirs.",
        params: CampaignParams,
        body: AssignBody,
        response: { 200: Type.Object({ data: AssignmentItem }) },
      },
    },
    async ({ context, params: { id }, body }) => {
      const assigned = await assignCampaign(context, {
        campaignId: id,
        target: body.to,
        productId: body.product_id ?? null,
        subscriptionId: body.subscription_id ?? null,
      })
      return { data: toWireAssignment(acceptedOr(assigned, dunningErrors)) }
    },
  )

  app.get(
    '/dunning-assignments',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'List who a dunning campaign is for',
        querystring: AssignmentListQuery,
        response: { 200: cursorListOf(AssignmentItem, 'Assignments, newest first.') },
      },
    },
    async ({ context, query }) => {
      const list = { campaignId: query.campaign_id, page: toPageRequest(query) }
      const page = await context.inTx((tx) => listAssignments(tx, context.accountId, list))
      return toCursorList({ page, url: '/v2/dunning-assignments', toItem: toWireAssignment })
    },
  )

  app.delete(
    '/dunning-assignments/:id',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Take a dunning campaign from somebody',
        params: AssignmentParams,
        response: { 200: Type.Object({ success: Type.Boolean({ description: 'Always true.' }) }) },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const isGone = await context.inTx((tx) => deleteAssignment(tx, { accountId, id }))
      if (!isGone) throw ApiRefusal.notFound('dunning assignment')
      return { success: true }
    },
  )
}
