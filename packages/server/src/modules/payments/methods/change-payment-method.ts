import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import {
  clearDefaultMethods,
  findMethod,
  lockMethod,
  updateMethod,
} from '../queries/payment-methods.ts'
import { tellCardNews } from '../queries/card-news.ts'
import { toMethodEvent } from './method-events.ts'
import {
  type BillingDetailsChange,
  type PaymentMethod,
  changeBillingDetails,
} from './payment-method.ts'

export type ChangeMethodRefusal = 'method_not_found' | 'method_detached' | 'map_too_large'

/** Changes what is known around an instrument; the instrument itself never changes. A change of nothing writes nothing. */
export async function updatePaymentMethod(
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly billingDetails?: BillingDetailsChange | null
    /** Merged; null removes a key. */
    readonly metadata?: JsonObject
  },
): Promise<Decision<PaymentMethod, ChangeMethodRefusal>> {
  return changeMethod(context, request.id, async (tx, current) => {
    const metadata = mergeMap(current.metadata, request.metadata)
    if (isMapTooLarge(metadata)) return refused('map_too_large')
    const billingDetails = changeBillingDetails(current.billingDetails, request.billingDetails)
    const method = { ...current, billingDetails, metadata, updatedAt: context.now }
    return accepted(await writeUpdate(tx, context, { current, method }))
  })
}

/** Makes a method the one that is charged unless a subscription says otherwise. */
export async function makeMethodDefault(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<PaymentMethod, ChangeMethodRefusal>> {
  return changeMethod(context, id, async (tx, current) => {
    if (current.status === 'inactive') return refused('method_detached')
    if (current.isDefault) return accepted(current)
    const { accountId } = context
    await clearDefaultMethods(tx, { accountId, customerIds: [current.customerId] })
    const method = { ...current, isDefault: true, updatedAt: context.now }
    await tellCardNews(tx, { accountId, customerId: current.customerId, at: context.now })
    return accepted(await writeUpdate(tx, context, { current, method }))
  })
}

/** Locks customer and method, in this order, and runs the change on what is there then. */
async function changeMethod(
  context: CommandContext,
  id: Uuid,
  change: (tx: Tx, current: PaymentMethod) => Promise<Decision<PaymentMethod, ChangeMethodRefusal>>,
): Promise<Decision<PaymentMethod, ChangeMethodRefusal>> {
  return context.inTx(async (tx) => {
    const current = await lockMethodAndCustomer(tx, context, id)
    if (current === null) return refused('method_not_found')
    const decision = await change(tx, current)
    if (decision.kind === 'accepted') await context.remember(tx, 'payment_method', id)
    return decision
  })
}

/** Null when there is no such method, or when it went to another customer at this very moment. */
export async function lockMethodAndCustomer(
  tx: Tx,
  context: CommandContext,
  id: Uuid,
): Promise<PaymentMethod | null> {
  const { accountId } = context
  const seen = await findMethod(tx, { accountId, id })
  if (seen === null) return null
  await lockCustomer(tx, { accountId, id: seen.customerId })
  const locked = await lockMethod(tx, { accountId, id })
  return locked?.customerId === seen.customerId ? locked : null
}

async function writeUpdate(
  tx: Tx,
  context: CommandContext,
  change: { readonly current: PaymentMethod; readonly method: PaymentMethod },
): Promise<PaymentMethod> {
  const { current, method } = change
  const event = toMethodEvent(context, {
    type: 'payment_method.updated',
    method,
    previous: current,
  })
  if (Object.keys(event.previousAttributes ?? {}).length === 0) return current
  await updateMethod(tx, context.accountId, method)
  await recordEvents(tx, [event])
  return method
}
