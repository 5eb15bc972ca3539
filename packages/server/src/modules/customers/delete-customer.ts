import type { Uuid } from '@perennial/core/ids'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../platform/command/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { recordEvents } from '../../platform/outbox/index.ts'
import type { Customer } from './customer.ts'
import { toCustomerEvent } from './customer-events.ts'
import { lockCustomer, updateCustomerRow } from './queries.ts'

/** What else ends with a customer, in the same transaction: subscriptions are canceled, charges refused. */
export type OnCustomerDeleted = (
  tx: Tx,
  deleted: { readonly context: CommandContext; readonly customerId: Uuid },
) => Promise<void>

/** Flags the customer; its records stay. Refuses: `customer_not_found`, also when deleted already. */
export async function deleteCustomer(
  context: CommandContext,
  request: { readonly id: Uuid; readonly onDeleted: OnCustomerDeleted },
): Promise<Decision<Customer, 'customer_not_found'>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const current = await lockCustomer(tx, { accountId, id: request.id })
    if (current === null) return refused('customer_not_found')
    const customer: Customer = { ...current, updatedAt: now, deletedAt: now }
    await request.onDeleted(tx, { context, customerId: customer.id })
    await updateCustomerRow(tx, accountId, customer)
    await recordEvents(tx, [toCustomerEvent(context, { type: 'customer.deleted', customer })])
    return accepted(customer)
  })
}
