import Type from 'typebox'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../../platform/http/index.ts'
import {
  addDeleteRoute,
  addKeptRoutes,
  createKept,
  type KeptResource,
  readKept,
} from '../../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { routingErrors } from '../errors.ts'
import { listResources } from '../queries/resources.ts'
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

const resource = {
  kept: paymentProfiles,
  path: '/payment-profiles',
  name: 'payment profile',
  tag: 'Payment profiles',
  read: { scope: 'routing:read' },
  write: { scope: 'routing:write' },
  errors: routingErrors,
  params: PaymentProfileParams,
  item: PaymentProfileItem,
  toItem: toWirePaymentProfile,
  create: { body: PaymentProfileCreateBody, toFields: toNewPaymentProfile },
  change: { body: PaymentProfileUpdateBody, toFields: toPaymentProfileChange },
} satisfies KeptResource<
  'payment_profiles',
  'name_taken',
  typeof PaymentProfileCreateBody,
  typeof PaymentProfileUpdateBody
>

export const paymentProfileRoutes: ApiModule = (app, deps) => {
  app.get(
    resource.path,
    {
      config: resource.read,
      schema: {
        tags: [resource.tag],
        summary: 'List payment profiles',
        querystring: PaymentProfileListQuery,
        response: { 200: cursorListOf(PaymentProfileItem, 'Payment profiles, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listResources(tx, { table: 'payment_profiles', accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/payment-profiles', toItem: toWirePaymentProfile })
    },
  )
  addKeptRoutes(app, deps, resource)
  addDeleteRoute(app, resource)
  addClone(app)
}

function addClone(app: ApiInstance): void {
  app.post(
    '/payment-profiles/:id/clone',
    {
      config: resource.write,
      schema: {
        tags: [resource.tag],
        summary: 'Copy a payment profile under another name',
        params: PaymentProfileParams,
        body: PaymentProfileCloneBody,
        response: { 201: Type.Object({ data: PaymentProfileItem }) },
      },
    },
    async ({ context, params: { id }, body }, reply) => {
      const row = await readKept(context, paymentProfiles, id)
      if (row === null) throw ApiRefusal.notFound('payment profile')
      const { description, is_enabled, definition } = row
      const fields = { name: body.name, description, is_enabled, definition }
      const made = await createKept(context, paymentProfiles, fields)
      return reply.code(201).send({ data: toWirePaymentProfile(acceptedOr(made, routingErrors)) })
    },
  )
}
