import { encodeId } from '@perennial/core/ids'
import Type from 'typebox'
import { type ApiInstance, ApiRefusal, acceptedOr } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { findCustomer } from '../../customers/index.ts'
import { methodErrors } from '../errors.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import { nullable, wireId } from '../../../platform/wire/index.ts'
import { findMethod, findTwin, listActiveMethods, listMethods } from '../queries/payment-methods.ts'
import { addPaymentMethod } from './add-payment-method.ts'
import { attachPaymentMethod } from './attach-payment-method.ts'
import { makeMethodDefault, updatePaymentMethod } from './change-payment-method.ts'
import { detachPaymentMethod } from './detach-payment-method.ts'
import { addOrderRoutes } from './order-routes.ts'
import { refuseCardData } from './refuse-card-data.ts'
import {
  CustomerParams,
  MethodAttachBody,
  MethodCreateBody,
  MethodItem,
  MethodListQuery,
  MethodParams,
  MethodUpdateBody,
} from './schemas.ts'
import { toWireMethod } from './wire.ts'

const MethodAnswer = Type.Object({ data: MethodItem })
const AddedMethod = Type.Object({
  data: MethodItem,
  duplicate_of: nullable(
    wireId('payment_method', 'Another method of the customer with the same card or account.'),
  ),
})
const tags = ['Payment methods']

/** What a method is added with and a change of it does not touch. */
const CHANGED_BY = {
  customer_id: 'POST /v2/payment-methods/{id}/attach',
  is_default: 'POST /v2/payment-methods/{id}/default',
}
/** A customer with more methods than this sees the newest. */
const METHODS_OF_CUSTOMER_MAX = 100

/** Call it on an instance of its own: what is registered on it refuses card data. */
export function addMethodRoutes(app: ApiInstance, gateways: GatewayDirectory): void {
  refuseCardData(app)
  addReads(app)
  addWrites(app, gateways)
  addMoves(app)
  addOrderRoutes(app, gateways)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/payment-methods',
    {
      config: { scope: 'payment_methods:read' },
      schema: {
        tags,
        summary: 'List payment methods',
        querystring: MethodListQuery,
        response: { 200: cursorListOf(MethodItem, 'Payment methods, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = { customerId: query.customer_id ?? null, type: query.type ?? null }
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listMethods(tx, { accountId, filter, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/payment-methods', toItem: toWireMethod })
    },
  )

  app.get(
    '/payment-methods/:id',
    {
      config: { scope: 'payment_methods:read' },
      schema: {
        tags,
        summary: 'Show a payment method',
        params: MethodParams,
        response: { 200: MethodAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const method = await context.inTx((tx) => findMethod(tx, { accountId, id }))
      if (method === null) throw ApiRefusal.notFound('payment method')
      return { data: toWireMethod(method) }
    },
  )

  app.get(
    '/customers/:id/payment-methods',
    {
      config: { scope: 'payment_methods:read' },
      schema: {
        tags,
        summary: "List a customer's payment methods that are not detached",
        params: CustomerParams,
        response: {
          200: Type.Object({
            data: Type.Array(MethodItem, { description: 'Payment methods, newest first.' }),
          }),
        },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const methods = await context.inTx(async (tx) => {
        const customer = await findCustomer(tx, { accountId, id })
        if (customer === null || customer.deletedAt !== null) return null
        return listActiveMethods(tx, { accountId, customerId: id, limit: METHODS_OF_CUSTOMER_MAX })
      })
      if (methods === null) throw ApiRefusal.notFound('customer')
      return { data: methods.map(toWireMethod) }
    },
  )
}

function addWrites(app: ApiInstance, gateways: GatewayDirectory): void {
  app.post(
    '/payment-methods',
    {
      config: { scope: 'payment_methods:write' },
      schema: {
        tags,
        summary: 'Attach a tokenised card or bank account to a customer',
        body: MethodCreateBody,
        response: { 201: AddedMethod },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await addPaymentMethod(gateways, context, {
        customerId: body.customer_id,
        type: body.type ?? null,
        token: body.token,
        gatewayCode: body.gateway ?? null,
        isDefault: body.is_default ?? false,
        wallet: body.wallet ?? null,
        bin: body.bin ?? null,
        billingDetails: body.billing_details ?? null,
        metadata: body.metadata ?? {},
      })
      const method = acceptedOr(decision, methodErrors)
      const { accountId } = context
      const twin = await context.inTx((tx) => findTwin(tx, accountId, method))
      const duplicate_of = twin === null ? null : encodeId('payment_method', twin)
      return reply.code(201).send({ data: toWireMethod(method), duplicate_of })
    },
  )

  app.post(
    '/payment-methods/:id',
    {
      config: { scope: 'payment_methods:write', changedBy: CHANGED_BY },
      schema: {
        tags,
        summary: 'Change billing details or metadata; the instrument itself never changes',
        params: MethodParams,
        body: MethodUpdateBody,
        response: { 200: MethodAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await updatePaymentMethod(context, {
        id,
        ...(body.billing_details === undefined ? {} : { billingDetails: body.billing_details }),
        ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
      })
      return { data: toWireMethod(acceptedOr(decision, methodErrors)) }
    },
  )
}

function addMoves(app: ApiInstance): void {
  app.post(
    '/payment-methods/:id/attach',
    {
      config: { scope: 'payment_methods:write' },
      schema: {
        tags,
        summary: 'Give a payment method to a customer',
        params: MethodParams,
        body: MethodAttachBody,
        response: { 200: MethodAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await attachPaymentMethod(context, { id, customerId: body.customer_id })
      return { data: toWireMethod(acceptedOr(decision, methodErrors)) }
    },
  )

  app.post(
    '/payment-methods/:id/detach',
    {
      config: { scope: 'payment_methods:write' },
      schema: {
        tags,
        summary: 'Take a payment method away from its customer',
        params: MethodParams,
        response: { 200: MethodAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      const decision = await detachPaymentMethod(context, id)
      return { data: toWireMethod(acceptedOr(decision, methodErrors)) }
    },
  )

  app.post(
    '/payment-methods/:id/default',
    {
      config: { scope: 'payment_methods:write' },
      schema: {
        tags,
        summary: "Make a payment method its customer's default",
        params: MethodParams,
        response: { 200: MethodAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      const decision = await makeMethodDefault(context, id)
      return { data: toWireMethod(acceptedOr(decision, methodErrors)) }
    },
  )
}
