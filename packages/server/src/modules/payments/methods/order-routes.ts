import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, ApiRefusal, acceptedOr } from '../../../platform/http/index.ts'
import { idField, textField, wireId } from '../../../platform/wire/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { methodErrors } from '../errors.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import {
  type HeldToken,
  listHeldTokens,
  listSubscriptionMethods,
  type SubscriptionMethodPlace,
} from '../queries/method-tokens.ts'
import { findMethod } from '../queries/payment-methods.ts'
import { addToken } from './add-token.ts'
import {
  listOrderedMethods,
  orderCustomerMethods,
  orderSubscriptionMethods,
} from './order-methods.ts'
import { CustomerParams, MethodItem, MethodParams } from './schemas.ts'
import { toWireMethod } from './wire.ts'

const tags = ['Payment methods']
const PLACES_MAX = 100

const OrderBody = Type.Object({
  payment_methods: Type.Array(
    Type.Object({
      payment_method_id: idField('payment_method', 'A method of the customer.'),
      priority: Type.Integer({
        minimum: 0,
        maximum: 999_999,
        description: 'The lowest is charged first; each number once.',
      }),
    }),
    { maxItems: PLACES_MAX, description: 'The whole order; an empty list takes it away.' },
  ),
})

const PlaceItem = Type.Object(
  {
    payment_method_id: wireId('payment_method', 'The method.'),
    priority: Type.Integer({ description: 'The lowest is charged first.' }),
  },
  { title: 'SubscriptionPaymentMethod', description: 'A method that a subscription charges.' },
)
const Places = Type.Object({
  data: Type.Array(PlaceItem, {
    description: "Methods by priority; empty = the customer's default is charged.",
  }),
})

const TokenItem = Type.Object(
  {
    gateway: wireId('gateway', 'The gateway.'),
    has_network_transaction: Type.Boolean({
      description: 'Whether the network has named a first charge that later ones refer to.',
    }),
  },
  { title: 'PaymentMethodToken', description: 'A token that a method has; itself never shown.' },
)
const Tokens = Type.Object({
  data: Type.Array(TokenItem, { description: 'One a gateway, in the order of the gateways.' }),
})

const SubscriptionParams = Type.Object({ id: idField('subscription', 'Id of the subscription.') })

function toPlaces(body: {
  readonly payment_methods: readonly {
    readonly payment_method_id: SubscriptionMethodPlace['paymentMethodId']
    readonly priority: number
  }[]
}): SubscriptionMethodPlace[] {
  return body.payment_methods.map(({ payment_method_id: paymentMethodId, priority }) => ({
    paymentMethodId,
    priority,
  }))
}

function toWirePlace({ paymentMethodId, priority }: SubscriptionMethodPlace) {
  return { payment_method_id: encodeId('payment_method', paymentMethodId), priority }
}

function toWireToken({ gatewayId, networkTransactionId }: HeldToken) {
  const gateway = encodeId('gateway', gatewayId)
  return { gateway, has_network_transaction: networkTransactionId !== null }
}

/** In which order methods are charged, and at which gateways they can be. */
export function addOrderRoutes(app: ApiInstance, gateways: GatewayDirectory): void {
  addCustomerOrder(app)
  addSubscriptionOrder(app)
  addTokens(app, gateways)
}

function addCustomerOrder(app: ApiInstance): void {
  app.put(
    '/customers/:id/payment-methods',
    {
      config: {
        scope: 'payment_methods:write',
        reload: async (context, { id }) => ({
          data: (await listOrderedMethods(context, id)).map(toWireMethod),
        }),
      },
      schema: {
        tags,
        summary: "Put a customer's payment methods in order; the first becomes the default",
        params: CustomerParams,
        body: OrderBody,
        response: {
          200: Type.Object({
            data: Type.Array(MethodItem, { description: 'Payment methods in their order.' }),
          }),
        },
      },
    },
    async ({ context, params: { id }, body }) => {
      const request = { customerId: id, places: toPlaces(body) }
      const decision = await orderCustomerMethods(context, request)
      return { data: acceptedOr(decision, methodErrors).map(toWireMethod) }
    },
  )
}

function addSubscriptionOrder(app: ApiInstance): void {
  app.get(
    '/subscriptions/:id/payment-methods',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'List the payment methods that a subscription charges',
        params: SubscriptionParams,
        response: { 200: Places },
      },
    },
    ({ context, params: { id } }) => answerWithPlaces(context, id),
  )

  app.put(
    '/subscriptions/:id/payment-methods',
    {
      config: {
        scope: 'subscriptions:write',
        reload: (context, { id }) => answerWithPlaces(context, id),
      },
      schema: {
        tags,
        summary: 'Say which payment methods a subscription charges, by priority',
        params: SubscriptionParams,
        body: OrderBody,
        response: { 200: Places },
      },
    },
    async ({ context, params: { id }, body }) => {
      const request = { subscriptionId: id, places: toPlaces(body) }
      const decision = await orderSubscriptionMethods(context, request)
      return { data: acceptedOr(decision, methodErrors).map(toWirePlace) }
    },
  )
}

async function answerWithPlaces(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const places = await context.inTx(async (tx) => {
    if ((await findSubscription(tx, accountId, id)) === null) return null
    return listSubscriptionMethods(tx, accountId, id)
  })
  if (places === null) throw ApiRefusal.notFound('subscription')
  return { data: places.map(toWirePlace) }
}

function addTokens(app: ApiInstance, gateways: GatewayDirectory): void {
  app.get(
    '/payment-methods/:id/tokens',
    {
      config: { scope: 'payment_methods:read' },
      schema: {
        tags,
        summary: 'List the gateways that a payment method has a token at',
        params: MethodParams,
        response: { 200: Tokens },
      },
    },
    ({ context, params: { id } }) => answerWithTokens(context, id),
  )

  app.post(
    '/payment-methods/:id/tokens',
    {
      config: {
        scope: 'payment_methods:write',
        reload: (context, { id }) => answerWithTokens(context, id),
      },
      schema: {
        tags,
        summary: 'Give a payment method a token of one more gateway',
        params: MethodParams,
        body: Type.Object({
          gateway: textField('Code or id of the gateway that made the token.', {
            minLength: 1,
            maxLength: 100,
          }),
          token: textField("Token from that gateway's own tokenisation; never a card number.", {
            minLength: 1,
            maxLength: 255,
          }),
        }),
        response: { 200: Tokens },
      },
    },
    async ({ context, params: { id }, body }) => {
      const request = { id, gatewayCode: body.gateway, token: body.token }
      const decision = await addToken(gateways, context, request)
      return { data: acceptedOr(decision, methodErrors).map(toWireToken) }
    },
  )
}

async function answerWithTokens(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const tokens = await context.inTx(async (tx) => {
    if ((await findMethod(tx, { accountId, id })) === null) return null
    return listHeldTokens(tx, accountId, id)
  })
  if (tokens === null) throw ApiRefusal.notFound('payment method')
  return { data: tokens.map(toWireToken) }
}
