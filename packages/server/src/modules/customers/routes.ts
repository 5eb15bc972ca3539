import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../platform/command/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import {
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
  acceptedOr,
} from '../../platform/http/index.ts'
import { offsetListOf, toOffsetList, toPageRequest } from '../../platform/lists/index.ts'
import { createCustomer } from './create-customer.ts'
import type { Customer } from './customer.ts'
import { type OnCustomerDeleted, deleteCustomer } from './delete-customer.ts'
import { customerErrors } from './errors.ts'
import { findCustomer, listCustomers } from './queries.ts'
import {
  CustomerCreateBody,
  CustomerGetQuery,
  CustomerItem,
  CustomerListQuery,
  CustomerParams,
  CustomerUpdateBody,
  DeletedCustomer,
  type WireCustomer,
  toCustomerChange,
  toWireCustomer,
} from './schemas.ts'
import { updateCustomer } from './update-customer.ts'

/** What other modules add to customers; the composition root hands them in. */
export type CustomerHooks = {
  readonly onDeleted: OnCustomerDeleted
  /** The default method of each of these customers that has one. */
  readonly findDefaultPaymentMethods: (
    tx: Tx,
    of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
  ) => Promise<ReadonlyMap<Uuid, Uuid>>
}

const CustomerAnswer = Type.Object({ data: CustomerItem })
const tags = ['Customers']

export function customersRoutes(hooks: CustomerHooks): ApiModule {
  return (app, { loaders }) => {
    loaders.register('customer', async (context, id) => {
      const shown = await findShown(hooks, context, id)
      return shown === null ? null : { data: shown }
    })
    addReads(app, hooks)
    addWrites(app, hooks)
  }
}

function addReads(app: ApiInstance, hooks: CustomerHooks): void {
  app.get(
    '/customers',
    {
      config: { scope: 'customers:read' },
      schema: {
        tags,
        summary: 'List customers',
        querystring: CustomerListQuery,
        response: { 200: offsetListOf(CustomerItem, 'Customers, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = toPageRequest(query)
      const filter = {
        search: query.search ?? null,
        email: query.email ?? null,
        includeDeleted: query.include_deleted ?? false,
      }
      return context.inTx(async (tx) => {
        const found = await listCustomers(tx, { accountId: context.accountId, filter, page })
        const toItem = await createToWire(hooks, {
          tx,
          accountId: context.accountId,
          customers: found.rows,
        })
        return toOffsetList({ page: found, request: page, toItem })
      })
    },
  )

  app.get(
    '/customers/:id',
    {
      config: { scope: 'customers:read' },
      schema: {
        tags,
        summary: 'Show a customer',
        params: CustomerParams,
        querystring: CustomerGetQuery,
        response: { 200: CustomerAnswer },
      },
    },
    async ({ context, params, query }) => {
      const shown = await findShown(hooks, context, params.id)
      const isShown = shown?.deleted_at === null || query.include_deleted === true
      if (shown === null || !isShown) throw ApiRefusal.notFound('customer')
      return { data: shown }
    },
  )
}

function addWrites(app: ApiInstance, hooks: CustomerHooks): void {
  app.post(
    '/customers',
    {
      config: { scope: 'customers:write' },
      schema: {
        tags,
        summary: 'Create a customer',
        body: CustomerCreateBody,
        response: { 201: CustomerAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await createCustomer(context, {
        ...toCustomerChange(body),
        email: body.email,
      })
      const customer = acceptedOr(decision, customerErrors)
      // A customer that was just made has no payment method yet.
      const made = { accountId: context.accountId, defaultPaymentMethodId: null }
      return reply.code(201).send({ data: toWireCustomer(customer, made) })
    },
  )

  app.patch(
    '/customers/:id',
    {
      config: { scope: 'customers:write' },
      schema: {
        tags,
        summary: 'Change a customer',
        params: CustomerParams,
        body: CustomerUpdateBody,
        response: { 200: CustomerAnswer },
      },
    },
    async ({ context, params, body }) => {
      const decision = await updateCustomer(context, {
        id: params.id,
        change: toCustomerChange(body),
      })
      const { id } = acceptedOr(decision, customerErrors)
      const shown = await findShown(hooks, context, id)
      assert(shown !== null, 'a customer stays on record')
      return { data: shown }
    },
  )

  app.delete(
    '/customers/:id',
    {
      config: { scope: 'customers:write' },
      schema: {
        tags,
        summary: 'Delete a customer',
        description:
          'Cancels its subscriptions and refuses new charges; everything on record stays.',
        params: CustomerParams,
        response: { 200: Type.Object({ data: DeletedCustomer }) },
      },
    },
    async ({ context, params }) => {
      const decision = await deleteCustomer(context, { id: params.id, onDeleted: hooks.onDeleted })
      const customer = acceptedOr(decision, customerErrors)
      return { data: { id: encodeId('customer', customer.id), deleted: true as const } }
    },
  )
}

/** One customer, a deleted one too; both look-ups travel together. */
async function findShown(
  hooks: CustomerHooks,
  context: CommandContext,
  id: Uuid,
): Promise<WireCustomer | null> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const [customer, methods] = await Promise.all([
      findCustomer(tx, { accountId, id }),
      hooks.findDefaultPaymentMethods(tx, { accountId, customerIds: [id] }),
    ])
    if (customer === null) return null
    return toWireCustomer(customer, { accountId, defaultPaymentMethodId: methods.get(id) ?? null })
  })
}

/** One look-up of default methods for all the customers of an answer. */
async function createToWire(
  hooks: CustomerHooks,
  shown: { readonly tx: Tx; readonly accountId: Uuid; readonly customers: readonly Customer[] },
): Promise<(customer: Customer) => WireCustomer> {
  const { tx, accountId } = shown
  const customerIds = shown.customers.map((customer) => customer.id)
  const methods = await hooks.findDefaultPaymentMethods(tx, { accountId, customerIds })
  return (customer) =>
    toWireCustomer(customer, {
      accountId,
      defaultPaymentMethodId: methods.get(customer.id) ?? null,
    })
}
