import type { Uuid } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, type ApiInstance, type ApiModule } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { operate, retellOperation } from '../operations/operation-routes.ts'
import { OperationAnswer } from '../operations/operation-schemas.ts'
import type { BillingDeps } from '../scope.ts'
import { planTrialCancel, planTrialExpiry, planTrialMove } from './plan-trial.ts'
import { findTrial, listTrials } from './queries.ts'
import {
  toWireTrial,
  TrialDaysBody,
  TrialItem,
  TrialListQuery,
  TrialMoveBody,
  TrialParams,
} from './schemas.ts'

const TrialAnswer = Type.Object({ data: TrialItem })
const tags = ['Trials']
const READ = { scope: 'subscriptions:read' } as const
const WRITE = { scope: 'subscriptions:write', reload: retellOperation } as const
const response = { 200: OperationAnswer }
const params = TrialParams

/** Trials as they are known by themselves: a face of the subscriptions that are in one, or have been. */
export function trialsRoutes(deps: BillingDeps): ApiModule {
  return (app) => {
    addReads(app)
    addMoves(app, deps)
    addEnds(app, deps)
  }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/trials',
    {
      config: READ,
      schema: {
        tags,
        summary: 'List trials',
        querystring: TrialListQuery,
        response: { 200: cursorListOf(TrialItem, 'Trials, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId, now } = context
      const filter = toFilter(query)
      const list = { accountId, filter, page: toPageRequest(query) }
      const page = await context.inTx((tx) => listTrials(tx, list))
      return toCursorList({ page, url: '/v2/trials', toItem: (row) => toWireTrial(row, now) })
    },
  )

  app.get(
    '/trials/:id',
    {
      config: READ,
      schema: { tags, summary: 'Show a trial', params, response: { 200: TrialAnswer } },
    },
    async ({ context, params: { id } }) => {
      const trial = await context.inTx((tx) => findTrial(tx, context.accountId, id))
      if (trial === null) throw ApiRefusal.notFound('trial')
      return { data: toWireTrial(trial, context.now) }
    },
  )
}

function toFilter(query: Static<typeof TrialListQuery>) {
  const { customer_id: customerId = null, status = null } = query
  if (status !== null && customerId === null)
    throw ApiRefusal.invalid('status', 'Give a customer_id as well.')
  return { customerId, status }
}

/** One that never had a trial is no trial, whoever asks. */
async function needTrial(context: CommandContext, id: Uuid): Promise<void> {
  const trial = await context.inTx((tx) => findTrial(tx, context.accountId, id))
  if (trial === null) throw ApiRefusal.notFound('trial')
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  const moves = {
    extend: { sign: 1, summary: 'Extend a trial: it ends, and renews, so many days later' },
    shorten: { sign: -1, summary: 'Shorten a trial: it ends, and renews, so many days earlier' },
  } as const
  for (const move of ['extend', 'shorten'] as const) {
    const { sign, summary } = moves[move]
    app.post(
      `/trials/:id/${move}`,
      { config: WRITE, schema: { tags, summary, params, response, body: TrialDaysBody } },
      async ({ context, params: { id }, body }) => {
        await needTrial(context, id)
        const plan = planTrialMove(deps, context, sign * body.days)
        const operation = `${move}_trial` as const
        return operate(deps, context, { id, operation, preview: body.preview }, plan)
      },
    )
  }
}

function addEnds(app: ApiInstance, deps: BillingDeps): void {
  const ends = {
    expire: { plan: planTrialExpiry, summary: 'End a trial now, and charge for it' },
    cancel: { plan: planTrialCancel, summary: 'Cancel a trial and its subscription' },
  } as const
  for (const end of ['expire', 'cancel'] as const) {
    const { plan, summary } = ends[end]
    const body = Type.Optional(TrialMoveBody)
    app.post(
      `/trials/:id/${end}`,
      { config: WRITE, schema: { tags, summary, params, response, body } },
      async ({ context, params: { id }, body: asked }) => {
        await needTrial(context, id)
        const operation = `${end}_trial` as const
        const told = { id, operation, preview: asked?.preview }
        return operate(deps, context, told, plan(deps, context))
      },
    )
  }
}
