import type { Uuid } from '@perennial/core/ids'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { type NewEvent, recordEvents } from '../../../platform/outbox/index.ts'
import { listActiveMethods, updateMethod } from '../queries/payment-methods.ts'
import { lockMethodAndCustomer } from './change-payment-method.ts'
import { toMethodEvent } from './method-events.ts'
import type { PaymentMethod } from './payment-method.ts'

/**
 * Takes a method away from its customer; it stays on record as `inactive`. If it was the default, the newest of the
 * others is. Detaching twice changes nothing.
 */
export async function detachPaymentMethod(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<PaymentMethod, 'method_not_found'>> {
  return context.inTx(async (tx) => {
    const current = await lockMethodAndCustomer(tx, context, id)
    if (current === null) return refused('method_not_found')
    await context.remember(tx, 'payment_method', id)
    if (current.status === 'inactive') return accepted(current)
    const { method, events } = await detachLocked(tx, context, current)
    await recordEvents(tx, events)
    return accepted(method)
  })
}

/** The customer and the method are locked. The caller records the events, with those of its own. */
export async function detachLocked(
  tx: Tx,
  context: CommandContext,
  current: PaymentMethod,
): Promise<{ readonly method: PaymentMethod; readonly events: readonly NewEvent[] }> {
  const { accountId, now } = context
  const method: PaymentMethod = {
    ...current,
    status: 'inactive',
    isDefault: false,
    updatedAt: now,
  }
  await updateMethod(tx, accountId, method)
  const detached = toMethodEvent(context, { type: 'customer.payment_method.detached', method })
  if (!current.isDefault) return { method, events: [detached] }
  const of = { accountId, customerId: current.customerId, limit: 1 }
  const [newest] = await listActiveMethods(tx, of)
  if (newest === undefined) return { method, events: [detached] }
  const successor: PaymentMethod = { ...newest, isDefault: true, updatedAt: now }
  await updateMethod(tx, accountId, successor)
  const moved = { type: 'payment_method.updated', method: successor, previous: newest } as const
  return { method, events: [detached, toMethodEvent(context, moved)] }
}
