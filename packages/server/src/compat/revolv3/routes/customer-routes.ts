import type { BillingDeps } from '../../../modules/billing/index.ts'
import { lockCustomer, updateCustomer } from '../../../modules/customers/index.ts'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { refuseAbove, ROWS_MAX } from '../actions/find-by-card.ts'
import { startInstallment } from '../actions/start-installment.ts'
import {
  asStartable,
  startSubscription,
  startSubscriptions,
} from '../actions/start-subscription.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { idOf, toNumber } from '../numbers/numbers.ts'
import {
  insertFaceCustomer,
  readFaceCustomers,
  searchFaceCustomers,
  updateFaceCustomer,
} from '../queries/objects.ts'
import { objectsAt, readBody, readQuery, refuseProblems, textAt } from '../read/fields.ts'
import { CUSTOMER_NAME, readCustomer } from '../read/read-customer.ts'
import { readInstallment } from '../read/read-installment.ts'
import { REFERENCE } from '../read/read-method.ts'
import { readOwnSubscription } from '../read/read-subscription.ts'
import { showCustomers } from '../show/show-customer.ts'
import { showInstallment } from '../show/show-installment.ts'
import { hidden, onceAKey, type Id, type Query } from './route-forms.ts'
import { showStarted, showSubscription } from './subscription-routes.ts'

type CustomerId = Awaited<ReturnType<typeof idOf>>

export function addCustomerRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post('/api/Customers', onceAKey(201, show), async ({ context, body }, reply) => {
    const fields = readBody(body)
    const wanted = readCustomer(fields)
    const subscriptions = objectsAt(fields, 'subscriptions', 10).map((each) =>
      readOwnSubscription(each, null),
    )
    refuseProblems(fields)
    const owner = { kind: 'new', customer: wanted } as const
    const startables = subscriptions.map(asStartable)
    const { customerId } = await startSubscriptions(deps, context, { owner, wanted: startables })
    return reply.code(201).send(await show(context, customerId))
  })

  app.get<Query>('/api/Customers', hidden, async ({ context, query }, reply) => {
    const fields = readQuery(query)
    const search = {
      reference: textAt(fields, 'merchantCustomerRefId', REFERENCE),
      firstName: textAt(fields, 'firstName', CUSTOMER_NAME),
      lastName: textAt(fields, 'lastName', CUSTOMER_NAME),
    }
    refuseProblems(fields)
    const { accountId } = context
    const shown = await context.inTx(async (tx) => {
      const found = await searchFaceCustomers(tx, accountId, { search, limit: ROWS_MAX + 1 })
      refuseAbove(ROWS_MAX, found)
      return showCustomers(tx, accountId, found.map(({ customerId }) => customerId)) // prettier-ignore
    })
    return shown.length === 0 ? reply.code(204).send() : reply.send(shown)
  })

  app.get<Id>('/api/Customers/:id', hidden, async ({ context, params }) =>
    show(context, await idOf(context, 'customer', toNumber(params.id))),
  )

  app.patch<Id>('/api/Customers/:id', hidden, async ({ context, params, body }) => {
    const fields = readBody(body)
    const change = {
      reference: textAt(fields, 'merchantCustomerRefId', REFERENCE),
      firstName: textAt(fields, 'firstName', CUSTOMER_NAME),
      lastName: textAt(fields, 'lastName', CUSTOMER_NAME),
    }
    refuseProblems(fields)
    const id = await idOf(context, 'customer', toNumber(params.id))
    await changeNames(context, id, change)
    return show(context, id)
  })

  app.post<Id>(
    '/api/Customers/:id/subscriptions',
    onceAKey(201, showStarted),
    async ({ context, params, body }, reply) => {
      const fields = readBody(body)
      const wanted = readOwnSubscription(fields, toNumber(params.id))
      refuseProblems(fields)
      const customerId = await idOf(context, 'customer', toNumber(params.id))
      const owner = { kind: 'known', customerId } as const
      const id = await startSubscription(deps, context, { owner, wanted: asStartable(wanted) })
      return reply.code(201).send(await showSubscription(context, id))
    },
  )

  app.post<Id>(
    '/api/Customers/:id/installments',
    onceAKey(201, showBegunInstallment),
    async ({ context, params, body }, reply) => {
      const fields = readBody(body)
      const wanted = readInstallment(fields)
      refuseProblems(fields)
      const customerId = await idOf(context, 'customer', toNumber(params.id))
      const id = await startInstallment(deps, context, { customerId, wanted })
      return reply.code(201).send(await showBegunInstallment(context, id))
    },
  )
}

function showBegunInstallment(context: CommandContext, id: CustomerId) {
  return context.inTx((tx) => showInstallment(tx, context, id))
}

async function show(context: CommandContext, id: CustomerId) {
  const [shown] = await context.inTx((tx) => showCustomers(tx, context.accountId, [id]))
  if (shown === undefined) throw FaceRefusal.notFound('customer')
  return shown
}

/** What is null stays as it is: as it stands when nobody else can change it. */
async function changeNames(
  context: CommandContext,
  customerId: CustomerId,
  change: {
    readonly reference: string | null
    readonly firstName: string | null
    readonly lastName: string | null
  },
): Promise<void> {
  const { accountId } = context
  await asOne(context, async (whole) => {
    await whole.inTx((tx) => lockCustomer(tx, { accountId, id: customerId }))
    const before = await show(whole, customerId)
    const after = {
      customerId,
      reference: change.reference ?? before.merchantCustomerRefId,
      firstName: change.firstName ?? before.firstName,
      lastName: change.lastName ?? before.lastName,
    }
    const name = [after.firstName, after.lastName].filter((part) => part !== null).join(' ')
    const named = { id: customerId, change: { name: name === '' ? null : name } }
    const decision = await updateCustomer(whole, named)
    if (decision.kind === 'refused') throw FaceRefusal.notFound('customer')
    await whole.inTx(async (tx) => {
      const [known] = await readFaceCustomers(tx, accountId, [customerId])
      if (known !== undefined) return updateFaceCustomer(tx, accountId, after)
      const blank = { email: before.email, billingAddresses: [], shippingAddresses: [] }
      return insertFaceCustomer(tx, accountId, { ...blank, ...after })
    })
  })
}
