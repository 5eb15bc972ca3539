import type { CommandContext } from '../../../platform/command/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'
import {
  type NewEvent,
  factNumberOf,
  toPreviousAttributes,
} from '../../../platform/outbox/index.ts'
import type { PaymentMethod } from './payment-method.ts'
import { toWireMethod } from './wire.ts'

export type MethodEventType =
  | 'customer.payment_method.attached'
  | 'customer.payment_method.detached'
  | 'payment_method.updated'

/** All of them may be true again: a method can be attached and detached any number of times. */
export function toMethodEvent(
  context: Pick<CommandContext, 'accountId' | 'request' | 'now'> & {
    readonly ids: Pick<Ids, 'next'>
  },
  happened: {
    readonly type: MethodEventType
    readonly method: PaymentMethod
    /** Who it is about: the customer that the method had, or has. */
    readonly customerId?: PaymentMethod['customerId']
    readonly previous?: PaymentMethod
  },
): NewEvent {
  const { type, method, previous } = happened
  const id = context.ids.next()
  const data = toWireMethod(method)
  return {
    accountId: context.accountId,
    id,
    type,
    objectKind: 'payment_method',
    objectId: method.id,
    factNumber: factNumberOf(id),
    customerId: happened.customerId ?? method.customerId,
    subscriptionId: null,
    invoiceId: null,
    data,
    previousAttributes:
      previous === undefined ? null : toPreviousAttributes(data, toWireMethod(previous)),
    request: context.request,
    occurredAt: context.now,
  }
}
