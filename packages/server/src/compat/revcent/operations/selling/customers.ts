import { encodeId } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Caller, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { readCards, readCustomer } from '../../queries/customers.ts'
import { showCustomer } from '../../show/show-customer.ts'
import { toCode } from '../../wire/codes.ts'
import { code, flag, nothing, pathId, strict } from '../../wire/fields.ts'
import { makeCustomer, NewCustomer, toOurCustomer } from './customer-of.ts'
import { CreditCard, keepCard, tokenizeCard } from './vault-card.ts'

const what = 'customer'
const params = strict({ customer_id: code('Id of the customer.') })
const CardBody = strict({
  credit_card: CreditCard,
  set_default: Type.Optional(flag('Whether it is charged from now on; default false.')),
})
const DefaultBody = strict({ customer_card_id: code('Id of the card.') })

async function need({ context }: Caller, text: string) {
  const id = pathId(text, what)
  const found = await context.inTx((tx) => readCustomer(tx, context.accountId, id))
  if (found === null) throw FaceRefusal.notFound(what)
  return found
}

export const customerOperations: readonly Operation[] = [
  operation({
    name: 'GetCustomer',
    summary: 'Show a customer with the cards',
    method: 'GET',
    path: '/customers/:customer_id',
    pair: { type: 'customer', method: 'retrieve' },
    scope: 'customers:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { customer_id: text } }) => {
      const customer = await need(caller, text)
      const { context } = caller
      const cards = await context.inTx((tx) => readCards(tx, context.accountId, customer.id))
      return { kind: 'object', idName: 'customer_id', object: showCustomer(customer, cards) }
    },
  }),
  operation({
    name: 'CreateCustomer',
    summary: 'Make a customer',
    method: 'POST',
    path: '/customers',
    pair: { type: 'customer', method: 'create' },
    scope: 'customers:write',
    schemas: { params: nothing, query: nothing, body: NewCustomer },
    handle: async (caller, { body }) => {
      const id = await makeCustomer(caller, body)
      return { kind: 'action', fields: { customer_id: toCode(id) }, result: 'Customer created.' }
    },
  }),
  operation({
    name: 'EditCustomer',
    summary: 'Change a customer',
    method: 'POST',
    path: '/customers/:customer_id',
    pair: { type: 'customer', method: 'edit' },
    scope: 'customers:write',
    schemas: { params, query: nothing, body: NewCustomer },
    handle: async (caller, { params: { customer_id: text }, body }) => {
      const { id, name } = await need(caller, text)
      if (Object.keys(body).length === 0) throw FaceRefusal.invalid('Say what is to be changed.')
      const [first = '', ...rest] = (name ?? '').split(' ')
      const names = { first_name: first, last_name: rest.join(' '), ...body }
      // Half a name would otherwise take the place of the whole.
      const isNamed = body.first_name !== undefined || body.last_name !== undefined
      const change = toOurCustomer(isNamed ? names : body)
      await caller.v2.send('PATCH', `/customers/${encodeId('customer', id)}`, change)
      return { kind: 'action', fields: { customer_id: text }, result: 'Customer edited.' }
    },
  }),
  operation({
    name: 'AddCardToCustomer',
    summary: 'Add a card to a customer',
    method: 'POST',
    path: '/customers/:customer_id/add_card',
    pair: { type: 'customer', method: 'add_card' },
    scope: 'payment_methods:write',
    schemas: { params, query: nothing, body: CardBody },
    handle: async (caller, { params: { customer_id: text }, body }) => {
      const { id: customerId } = await need(caller, text)
      const isDefault = body.set_default ?? false
      const card = await tokenizeCard(caller, body.credit_card)
      const id = await keepCard(caller, { customerId, card, isDefault })
      return {
        kind: 'action',
        fields: { customer_id: text, customer_card_id: toCode(id) },
        result: 'Card added.',
      }
    },
  }),
  operation({
    name: 'SetDefaultCustomerCard',
    summary: 'Charge this card of a customer from now on',
    method: 'POST',
    path: '/customers/:customer_id/set_default_card',
    pair: { type: 'customer', method: 'set_default_card' },
    scope: 'payment_methods:write',
    schemas: { params, query: nothing, body: DefaultBody },
    handle: async (caller, { params: { customer_id: text }, body }) => {
      const { id: customerId } = await need(caller, text)
      const { context, v2 } = caller
      const id = pathId(body.customer_card_id, 'customer card')
      const cards = await context.inTx((tx) => readCards(tx, context.accountId, customerId))
      if (!cards.some((card) => card.id === id)) throw FaceRefusal.notFound('customer card')
      await v2.send('POST', `/payment-methods/${encodeId('payment_method', id)}/default`)
      return { kind: 'action', fields: { customer_id: text, customer_card_id: body.customer_card_id }, result: 'Default card set.' } // prettier-ignore
    },
  }),
]
