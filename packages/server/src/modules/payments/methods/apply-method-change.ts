import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { MethodChange } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { endByBank } from '../mandates/move-mandate.ts'
import { tellCardNews } from '../queries/card-news.ts'
import { findLiveMandateOf } from '../queries/mandates.ts'
import { listHeldTokens, listHolders, putToken } from '../queries/method-tokens.ts'
import { findMethod, noteCardData, updateMethod } from '../queries/payment-methods.ts'
import { lockMethodAndCustomer } from './change-payment-method.ts'
import { detachLocked } from './detach-payment-method.ts'
import { toMethodEvent } from './method-events.ts'
import type { PaymentMethod } from './payment-method.ts'

/** What became of a gateway's news: how many methods it changed, or why it changed none. */
export type MethodChangeResult =
  | { readonly kind: 'changed'; readonly methodIds: readonly Uuid[] }
  | { readonly kind: 'unknown_token' }
  | { readonly kind: 'unchanged'; readonly reason: string }

/**
 * Applies what a gateway tells about a kept card or account: new digits or dates, a new token in place of the old one,
 * an end. Each method is decided on as it is, so that the same news twice changes nothing.
 */
export async function applyMethodChange(
  context: CommandContext,
  told: { readonly gatewayId: Uuid; readonly change: MethodChange },
): Promise<MethodChangeResult> {
  const { accountId } = context
  const { gatewayId, change } = told
  const holders = await context.inTx(async (tx) => {
    const named = change.paymentMethodId
    if (named === undefined) return listHolders(tx, { accountId, gatewayId, token: change.token })
    return (await findMethod(tx, { accountId, id: named })) === null ? [] : [named]
  })
  if (holders.length === 0) return { kind: 'unknown_token' }
  const changed: Uuid[] = []
  for (const id of holders) {
    const isChanged = await context.inTx(async (tx) => {
      const current = await lockMethodAndCustomer(tx, context, id)
      return current !== null && (await changeOne(tx, context, { current, gatewayId, change }))
    })
    if (isChanged) changed.push(id)
  }
  if (changed.length > 0) return { kind: 'changed', methodIds: changed }
  return { kind: 'unchanged', reason: `${change.change}: the method says so already` }
}

type Change = {
  readonly current: PaymentMethod
  readonly gatewayId: Uuid
  readonly change: MethodChange
}

/** The method and its customer are locked. False: nothing was left to change. */
async function changeOne(tx: Tx, context: CommandContext, given: Change): Promise<boolean> {
  const { current, change } = given
  if (change.change === 'closed' || change.change === 'mandate_canceled') {
    const id = await findLiveMandateOf(tx, context.accountId, current.id)
    if (id !== null) return endByBank(tx, context, id)
  }
  if (current.status === 'inactive') return false
  switch (change.change) {
    case 'updated':
      return renew(tx, context, given)
    case 'expired':
      return write(tx, context, { current, method: { ...current, status: 'expired' } })
    case 'dropped':
    case 'closed':
    case 'mandate_canceled': {
      if (change.change === 'dropped' && (await isHeldElsewhere(tx, context, given))) return false
      const { events } = await detachLocked(tx, context, current)
      await recordEvents(tx, events)
      return true
    }
    case 'contact_cardholder':
      return false
    default:
      return assertNever(change.change)
  }
}

/** A card that another gateway of the account holds a token of can be charged there. */
async function isHeldElsewhere(
  tx: Tx,
  { accountId }: CommandContext,
  { current, gatewayId }: Change,
): Promise<boolean> {
  const held = await listHeldTokens(tx, accountId, current.id)
  return held.some((token) => token.gatewayId !== gatewayId)
}

/** The new card's details; a card that had expired is good again. */
async function renew(tx: Tx, context: CommandContext, given: Change): Promise<boolean> {
  const { current, gatewayId, change } = given
  const { accountId } = context
  if (change.newToken !== null) {
    const key = { accountId, gatewayId, paymentMethodId: current.id }
    await putToken(tx, { ...key, token: change.newToken })
  }
  const isNewNumber = change.last4 !== null && change.last4 !== current.last4
  const method: PaymentMethod = {
    ...current,
    status: 'active',
    // Of the number that is gone.
    fingerprint: isNewNumber ? null : current.fingerprint,
    last4: change.last4 ?? current.last4,
    expMonth: change.expMonth ?? current.expMonth,
    expYear: change.expYear ?? current.expYear,
  }
  const isWritten = await write(tx, context, { current, method })
  if (isWritten || change.newToken !== null) {
    // What the networks hold against the old data does not stand against the new.
    const card = { accountId, id: current.id, at: context.now, isNewNumber }
    await noteCardData(tx, card)
    await tellCardNews(tx, { accountId, customerId: current.customerId, at: context.now })
  }
  return isWritten || change.newToken !== null
}

async function write(
  tx: Tx,
  context: CommandContext,
  { current, method }: { readonly current: PaymentMethod; readonly method: PaymentMethod },
): Promise<boolean> {
  const updated = { ...method, updatedAt: context.now }
  const event = toMethodEvent(context, {
    type: 'payment_method.updated',
    method: updated,
    previous: { ...current, updatedAt: context.now },
  })
  if (Object.keys(event.previousAttributes ?? {}).length === 0) return false
  await updateMethod(tx, context.accountId, updated)
  await recordEvents(tx, [event])
  return true
}
