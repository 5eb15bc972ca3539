import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../platform/command/index.ts'
import { type NewEvent, factNumberOf, toPreviousAttributes } from '../../platform/outbox/index.ts'
import type { Customer } from './customer.ts'
import { type WireCustomer, toWireCustomer } from './schemas.ts'

/** `customer.created` and `customer.deleted` are true once; an update may repeat. */
export function toCustomerEvent(
  context: CommandContext,
  happened: {
    readonly type: 'customer.created' | 'customer.updated' | 'customer.deleted'
    readonly customer: Customer
    readonly previous?: Customer
  },
): NewEvent {
  const { type, customer, previous } = happened
  const id = context.ids.next()
  const data = toEventData(context.accountId, customer)
  return {
    accountId: context.accountId,
    id,
    type,
    objectKind: 'customer',
    objectId: customer.id,
    factNumber: type === 'customer.updated' ? factNumberOf(id) : 0n,
    customerId: customer.id,
    subscriptionId: null,
    invoiceId: null,
    data,
    previousAttributes:
      previous === undefined
        ? null
        : toPreviousAttributes(data, toEventData(context.accountId, previous)),
    request: context.request,
    occurredAt: context.now,
  }
}

/** An event says what was true of the customer alone; payment methods have events of their own. */
function toEventData(
  accountId: Uuid,
  customer: Customer,
): Omit<WireCustomer, 'default_payment_method_id'> {
  const { default_payment_method_id: _, ...data } = toWireCustomer(customer, {
    accountId,
    defaultPaymentMethodId: null,
  })
  return data
}
