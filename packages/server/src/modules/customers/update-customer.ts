import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge } from '@perennial/core/maps'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../platform/command/index.ts'
import { violatedConstraint } from '../../platform/db/index.ts'
import { recordEvents } from '../../platform/outbox/index.ts'
import { type Customer, type CustomerChange, changeCustomer } from './customer.ts'
import { toCustomerEvent } from './customer-events.ts'
import type { CustomerRefusal } from './errors.ts'
import { lockCustomer, updateCustomerRow } from './queries.ts'

/** A change that changes nothing writes nothing. Refuses: `customer_not_found`, `map_too_large`, `email_taken`. */
export async function updateCustomer(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: CustomerChange },
): Promise<Decision<Customer, CustomerRefusal>> {
  const { accountId } = context
  try {
    return await context.inTx(async (tx) => {
      const current = await lockCustomer(tx, { accountId, id: request.id })
      const decision = decide(current, request.change, context.now)
      if (decision.kind === 'refused' || current === null) return decision
      const customer = decision.value
      const event = toCustomerEvent(context, {
        type: 'customer.updated',
        customer,
        previous: current,
      })
      await context.remember(tx, 'customer', customer.id)
      if (Object.keys(event.previousAttributes ?? {}).length === 0) return accepted(current)
      await updateCustomerRow(tx, accountId, customer)
      await recordEvents(tx, [event])
      return decision
    })
  } catch (error) {
    if (violatedConstraint(error) === 'customers_email_unique') return refused('email_taken')
    throw error
  }
}

function decide(
  current: Customer | null,
  change: CustomerChange,
  now: CommandContext['now'],
): Decision<Customer, 'customer_not_found' | 'map_too_large'> {
  if (current === null) return refused('customer_not_found')
  const customer = changeCustomer(current, change, now)
  if (isMapTooLarge(customer.metadata)) return refused('map_too_large', { param: 'metadata' })
  if (isMapTooLarge(customer.customFields))
    return refused('map_too_large', { param: 'customFields' })
  return accepted(customer)
}
