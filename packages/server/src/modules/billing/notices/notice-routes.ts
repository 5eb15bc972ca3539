import Type from 'typebox'
import { acceptedOr, type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import {
  AcceptBody,
  DismissBody,
  findNotice,
  listNotices,
  NoticeItem,
  NoticeListQuery,
  NoticeParams,
  settleParkedNotice,
  toStoredNotice,
  toWireNotice,
  unparkNotices,
} from '../../payments/notices/index.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'
import { acceptNotice } from './accept-notice.ts'
import { applyNotices } from './apply-notice.ts'
import { noticeErrors } from './errors.ts'
import { countsFrom } from './run-notices.ts'

const tags = ['Gateway notices']
const One = Type.Object({ data: NoticeItem })

/** What gateways have told, for support; and what a person does about what was parked. */
export function addNoticeRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.get(
    '/gateway-notices',
    {
      config: { scope: 'gateways:read' },
      schema: {
        tags,
        summary: 'List what gateways have told',
        querystring: NoticeListQuery,
        response: { 200: cursorListOf(NoticeItem, 'Notices, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = { state: query.state ?? null, kind: query.kind ?? null }
      const page = await context.inTx((tx) =>
        listNotices(tx, context.accountId, filter, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/gateway-notices', toItem: toWireNotice })
    },
  )

  app.get(
    '/gateway-notices/:id',
    {
      config: { scope: 'gateways:read' },
      schema: { tags, summary: 'Show a notice', params: NoticeParams, response: { 200: One } },
    },
    async ({ context, params }) => {
      const row = await context.inTx((tx) => findNotice(tx, context.accountId, params.id))
      if (row === null) throw ApiRefusal.notFound('notice')
      return { data: toWireNotice(row) }
    },
  )

  app.post(
    '/gateway-notices/:id/retry',
    {
      config: { scope: 'gateways:write' },
      schema: {
        tags,
        summary: 'Try to apply a parked notice again',
        description: 'One that is not parked stays as it is.',
        params: NoticeParams,
        response: { 200: One },
      },
    },
    async ({ context, params }) => {
      const { accountId } = context
      const { id } = params
      const found = await context.inTx(async (tx) => {
        const realNow = deps.clock.now()
        const unparked = await unparkNotices(tx, { accountId, ids: [id], realNow })
        return { unparked, row: await findNotice(tx, accountId, id) }
      })
      if (found.row === null) throw ApiRefusal.notFound('notice')
      const waiting = found.unparked === 0 ? [] : [toStoredNotice(found.row)]
      await applyNotices(deps, scopeOf(context), waiting, countsFrom(context.now))
      const row = await context.inTx((tx) => findNotice(tx, accountId, id))
      return { data: toWireNotice(row ?? found.row) }
    },
  )

  app.post(
    '/gateway-notices/:id/accept',
    {
      config: { scope: 'gateways:write' },
      schema: {
        tags,
        summary: 'Book the money that a parked notice tells of',
        description:
          'For a charge that is booked as refused, which the gateway has taken after all. It becomes a payment through that gateway, with its reference: of its invoice, where that still owes as much, or of its payment intent, which is then for what was charged. Otherwise it is refused: refund it at the gateway, and dismiss the notice.',
        params: NoticeParams,
        body: AcceptBody,
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await acceptNotice(deps, context, { id, note: body.note })
      return { data: toWireNotice(acceptedOr(decision, noticeErrors)) }
    },
  )

  app.post(
    '/gateway-notices/:id/dismiss',
    {
      config: { scope: 'gateways:write' },
      schema: {
        tags,
        summary: 'Set a parked notice aside for good',
        description:
          'For when a person has done what was to be done, such as refunding a charge at the gateway. It changes nothing else. One that is not parked stays as it is.',
        params: NoticeParams,
        body: DismissBody,
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { accountId, now: at } = context
      const row = await context.inTx(async (tx) => {
        const reason = `dismissed: ${body.note}`
        await settleParkedNotice(tx, { accountId, id, state: 'ignored', reason, at })
        return findNotice(tx, accountId, id)
      })
      if (row === null) throw ApiRefusal.notFound('notice')
      return { data: toWireNotice(row) }
    },
  )
}
