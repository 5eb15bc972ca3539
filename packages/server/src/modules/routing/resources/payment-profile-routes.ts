import { changeKept, createKept, deleteKept, readKept } from '../../../platform/kept/index.ts'
import Type from 'typebox'
import { acceptedOr, type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { routingErrors } from '../errors.ts'
import { listResources } from '../queries/resources.ts'
import { DeletedResource, toDeleted } from './deleted-resource.ts'
import {
  PaymentProfileCreateBody,
  PaymentProfileItem,
  PaymentProfileListQuery,
  PaymentProfileParams,
  PaymentProfileUpdateBody,
  PaymentProfileCloneBody,
  paymentProfiles,
  toPaymentProfileChange,
  toNewPaymentProfile,
  toWirePaymentProfile,
} from './payment-profiles.ts'

const Answer = Type.Object({ data: PaymentProfileItem })
const tags = ['Payment profiles']
const toAnswer = toWirePaymentProfile

export function addPaymentProfileRoutes(app: ApiInstance): void {
  addReads(app)
  addWrites(app)
  addClone(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/payment-profiles',
    {
      config: { scope: 'routing:read' },
      schema: {
        tags,
        summary: 'List payment profiles',
        querystring: PaymentProfileListQuery,
        response: { 200: cursorListOf(PaymentProfileItem, 'Payment profiles, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listResources(tx, { table: paymentProfiles.table, accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/payment-profiles', toItem: toWirePaymentProfile })
    },
  )

  app.get(
    '/payment-profiles/:id',
    {
      config: { scope: 'routing:read' },
      schema: {
        tags,
        summary: 'Show a payment profile',
        params: PaymentProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, paymentProfiles, params.id)
      if (row === null) throw ApiRefusal.notFound('payment profile')
      return { data: toAnswer(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/payment-profiles',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Create a payment profile',
        body: PaymentProfileCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createKept(context, paymentProfiles, toNewPaymentProfile(body))
      return reply.code(201).send({ data: toAnswer(acceptedOr(made, routingErrors)) })
    },
  )

  app.patch(
    '/payment-profiles/:id',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Change a payment profile',
        params: PaymentProfileParams,
        body: PaymentProfileUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = () => toPaymentProfileChange(body)
      const changed = await changeKept(context, paymentProfiles, { id, change })
      return { data: toAnswer(acceptedOr(changed, routingErrors)) }
    },
  )

  app.delete(
    '/payment-profiles/:id',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Delete a payment profile',
        description: 'Refused while something uses it; the error names what.',
        params: PaymentProfileParams,
        response: { 200: Type.Object({ data: DeletedResource }) },
      },
    },
    async ({ context, params: { id } }) => {
      const deleted = await deleteKept(context, paymentProfiles, id)
      return { data: toDeleted('payment_profile', acceptedOr(deleted, routingErrors).id) }
    },
  )
}

function addClone(app: ApiInstance): void {
  app.post(
    '/payment-profiles/:id/clone',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Copy a payment profile under another name',
        params: PaymentProfileParams,
        body: PaymentProfileCloneBody,
        response: { 201: Answer },
      },
    },
    async ({ context, params: { id }, body }, reply) => {
      const row = await readKept(context, paymentProfiles, id)
      if (row === null) throw ApiRefusal.notFound('payment profile')
      const { description, is_enabled, definition } = row
      const fields = { name: body.name, description, is_enabled, definition }
      const made = await createKept(context, paymentProfiles, fields)
      return reply.code(201).send({ data: toAnswer(acceptedOr(made, routingErrors)) })
    },
  )
}
