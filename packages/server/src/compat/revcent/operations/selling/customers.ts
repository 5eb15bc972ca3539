import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Caller, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { readCards, readCustomer } from '../../queries/customers.ts'
import { showCustomer } from '../../show/show-customer.ts'
import { toCode } from '../../wire/codes.ts'
import { code, flag, nothing, pathId, strict } from '../../wire/fields.ts'
import { makeCustomer, NewCustomer, toOurCustomer } from './customer-of.ts'
import { askWith, keepCardOfCall } from './card-of-call.ts'
import { CreditCard } from './vault-card.ts'

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

/** A key stands for one card: another one that comes with it is not taken for that one. */
async function refuseOtherCard(
  { context }: Caller,
  given: { readonly customerId: Uuid; readonly id: Uuid; readonly card: CreditCard },
): Promise<void> {
  const cards = await context.inTx((tx) => readCards(tx, context.accountId, given.customerId))
  const kept = cards.find(({ id }) => id === given.id)
  if (given.card.card_number.replaceAll(/\D/g, '').endsWith(kept?.last4 ?? '')) return
  throw new FaceRefusal(409, 'wrong_state', 'This idempotency key was used for another card. Use a new key for a new request.') // prettier-ignore
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
      const { credit_card: card, set_default: isDefault = false } = body
      const purpose = `add_card:${customerId}`
      const kept = await keepCardOfCall(caller, { customerId, card, purpose })
      const { id } = kept
      if (!kept.isNew) await refuseOtherCard(caller, { customerId, id, card })
      if (isDefault)
        await askWith(caller, kept, () =>
          caller.v2.send('POST', `/payment-methods/${encodeId('payment_method', id)}/default`),
        )
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
