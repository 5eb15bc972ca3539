import { assert } from '@perennial/core/fault'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../platform/command/index.ts'
import { violatedConstraint } from '../../platform/db/index.ts'
import { recordEvents } from '../../platform/outbox/index.ts'
import { type Customer, type NewCustomer, toNewCustomer } from './customer.ts'
import { toCustomerEvent } from './customer-events.ts'
import { insertCustomers } from './queries.ts'

/** Refuses: `email_taken`. */
export async function createCustomer(
  context: CommandContext,
  request: NewCustomer,
): Promise<Decision<Customer, 'email_taken'>> {
  const decision = await createCustomers(context, [request])
  if (decision.kind === 'refused') return decision
  const [customer] = decision.value
  assert(customer !== undefined, 'one request makes one customer')
  return accepted(customer)
}

/** All of them or none, in the order given. Refuses: `email_taken`, by a stored customer or one of the requests. */
export async function createCustomers(
  context: CommandContext,
  requests: readonly NewCustomer[],
): Promise<Decision<readonly Customer[], 'email_taken'>> {
  const { accountId, ids, now } = context
  const madeIds = ids.nextMany(requests.length)
  const customers = requests.map((request, index) => {
    const id = madeIds[index]
    assert(id !== undefined, 'there is an id for each request')
    return toNewCustomer(request, { id, at: now })
  })
  const events = customers.map((customer) =>
    toCustomerEvent(context, { type: 'customer.created', customer }),
  )
  try {
    await context.inTx(async (tx) => {
      const [first] = customers
      // Sent together: one round trip for all three.
      await Promise.all([
        insertCustomers(tx, accountId, customers),
        recordEvents(tx, events),
        first === undefined ? undefined : context.remember(tx, 'customer', first.id),
      ])
    })
  } catch (error) {
    // The index decides, so that two requests at the same moment cannot both pass.
    if (violatedConstraint(error) === 'customers_email_unique') return refused('email_taken')
    throw error
  }
  return accepted(customers)
}
