import { ApiRefusal, type ApiModule } from '../../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../../platform/lists/index.ts'
import { listOutsideDecisions } from '../queries/decisions.ts'
import { findHandedOver, listAttemptsOf, listHandedOver } from '../queries/handed-over.ts'
import {
  HandedOverAnswer,
  HandedOverItem,
  HandedOverListQuery,
  HandedOverParams,
} from './schemas.ts'
import { toWireHandedOver, toWireStory } from './wire.ts'

const tags = ['Recovery']
const READ = { scope: 'recovery:read' } as const

/** `/v2/recovery/handed-over`: the failed payments of other billers, what happened to them and why. */
export const handedOverRoutes: ApiModule = (app) => {
  app.get(
    '/recovery/handed-over',
    {
      config: READ,
      schema: {
        tags,
        summary: 'List handed-over payments',
        querystring: HandedOverListQuery,
        response: { 200: cursorListOf(HandedOverItem, 'Handed-over payments, newest first.') },
      },
    },
    async ({ context, query }) => {
      const request = toPageRequest(query)
      const filter = {
        state: query.state ?? null,
        clientId: query.client_id ?? null,
        customerEmail: query.customer_email?.trim().toLowerCase() ?? null,
        openedFrom: query.opened_after ?? null,
        openedTo: query.opened_before ?? null,
      }
      const { accountId } = context
      const page = await context.inTx((tx) => listHandedOver(tx, accountId, filter, request))
      return toCursorList({ page, url: '/v2/recovery/handed-over', toItem: toWireHandedOver })
    },
  )

  app.get(
    '/recovery/handed-over/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Show a handed-over payment, with what happened and why',
        params: HandedOverParams,
        response: { 200: HandedOverAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      return context.inTx(async (tx) => {
        const row = await findHandedOver(tx, { accountId, id })
        if (row === null) throw ApiRefusal.notFound('handed-over payment')
        const [decisions, attempts] = await Promise.all([
          listOutsideDecisions(tx, accountId, id),
          listAttemptsOf(tx, { accountId, id }),
        ])
        return { data: toWireStory({ row, decisions, attempts }) }
      })
    },
  )
}
