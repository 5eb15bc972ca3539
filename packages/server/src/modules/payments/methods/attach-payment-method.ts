import type { Uuid } from '@perennial/core/ids'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import { tellCardNews } from '../queries/card-news.ts'
import { findDefaultMethods } from '../queries/default-methods.ts'
import { findMethod, lockMethod, updateMethod } from '../queries/payment-methods.ts'
import { detachLocked } from './detach-payment-method.ts'
import { toMethodEvent } from './method-events.ts'
import type { PaymentMethod } from './payment-method.ts'

export type AttachRefusal = 'method_not_found' | 'customer_not_found' | 'method_under_mandate'

/**
 * Gives a method to a customer, detaching it from the one who had it. The customer's first method becomes the
 * default. Attaching it where it is changes nothing.
 */
export async function attachPaymentMethod(
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly customerId: Uuid
    /** Whose it must still be; absent = whoever's. */
    readonly fromId?: Uuid
  },
): Promise<Decision<PaymentMethod, AttachRefusal>> {
  const { accountId } = context
  const { id, customerId } = request
  return context.inTx(async (tx) => {
    const seen = await findMethod(tx, { accountId, id })
    if (seen === null || seen.customerId !== (request.fromId ?? seen.customerId))
      return refused('method_not_found')
    if (!(await lockOwners(tx, context, { from: seen.customerId, to: customerId })))
      return refused('customer_not_found')
    const current = await lockMethod(tx, { accountId, id })
    if (current?.customerId !== seen.customerId) return refused('method_not_found')
    await context.remember(tx, 'payment_method', id)
    const isThere = current.status !== 'inactive' && current.customerId === customerId
    // It comes and goes with the permission to debit it.
    if (!isThere && current.mandate !== null) return refused('method_under_mandate')
    return accepted(isThere ? current : await attachLocked(tx, context, { current, customerId }))
  })
}

/** The method and both customers are locked. */
export async function attachLocked(
  tx: Tx,
  context: CommandContext,
  given: { readonly current: PaymentMethod; readonly customerId: Uuid },
): Promise<PaymentMethod> {
  const { current, customerId } = given
  const { accountId, now } = context
  const left = current.status === 'inactive' ? null : await detachLocked(tx, context, current)
  const defaults = await findDefaultMethods(tx, { accountId, customerIds: [customerId] })
  const method: PaymentMethod = {
    ...(left?.method ?? current),
    customerId,
    status: 'active',
    isDefault: defaults.size === 0,
    updatedAt: now,
  }
  await updateMethod(tx, accountId, method)
  if (method.isDefault) await tellCardNews(tx, { accountId, customerId, at: now })
  const attached = toMethodEvent(context, { type: 'customer.payment_method.attached', method })
  await recordEvents(tx, [...(left?.events ?? []), attached])
  return method
}

/** In the order of their ids, so that two exchanges never wait for each other. False: no such new owner. */
async function lockOwners(
  tx: Tx,
  { accountId }: CommandContext,
  owners: { readonly from: Uuid; readonly to: Uuid },
): Promise<boolean> {
  let isFound = false
  for (const id of [...new Set([owners.from, owners.to])].toSorted()) {
    const customer = await lockCustomer(tx, { accountId, id })
    if (id === owners.to) isFound = customer !== null
  }
  return isFound
}
