import { emptyChangeSet, intentFact } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import {
  editIntent as decideEdit,
  startIntent,
  type IntentEdit,
  type NewIntent,
  type PaymentIntent,
} from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { randomToken } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import {
  findMethodRoute,
  isIntentTaken,
  listDisabledGateways,
  lockIntents,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { refuseIntent } from './refuse-intent.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

export type DraftIntent = Omit<NewIntent, 'id' | 'clientSecret'>

export type DraftIntentRefusal =
  | 'customer_not_found'
  | 'gateways_disabled'
  | 'payment_method_not_found'

/** An intent that waits for its method or its confirmation; nothing is charged. */
export async function draftIntent(
  deps: BillingDeps,
  context: CommandContext,
  request: DraftIntent,
): Promise<Decision<PaymentIntent, DraftIntentRefusal>> {
  const { accountId, now } = context
  const { customerId, paymentMethodId } = request
  return context.inTx(async (tx) => {
    const customer = await lockCustomerShared(tx, { accountId, id: customerId })
    if (customer === null) return refused('customer_not_found')
    if (paymentMethodId !== null) {
      const problem = await whyNotCharged(tx, accountId, { customerId, paymentMethodId })
      if (problem !== null) return refused(problem)
    }
    const id = deps.ids.next()
    const intent = startIntent({ ...request, id, clientSecret: randomToken('pi_secret_', 24) }, now)
    const changes = emptyChangeSet()
    changes.newIntents.push(intent)
    changes.facts.push(intentFact('created', intent, now))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'payment_intent', id)
    return accepted(intent)
  })
}

async function whyNotCharged(
  tx: Tx,
  accountId: Uuid,
  key: { readonly customerId: Uuid; readonly paymentMethodId: Uuid | null },
): Promise<'gateways_disabled' | 'payment_method_not_found' | null> {
  const route = await findMethodRoute(tx, accountId, key)
  if (route !== null) return null
  return (await listDisabledGateways(tx, accountId, key)).length > 0
    ? 'gateways_disabled'
    : 'payment_method_not_found'
}

export type EditIntentRefusal =
  | 'intent_not_found'
  | 'intent_state_invalid'
  | 'intent_being_charged'
  | 'gateways_disabled'
  | 'payment_method_not_found'
  | 'map_too_large'

/** Changes an intent before it is confirmed. `metadata` merges; null removes a key. */
export async function editIntent(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly edit: IntentEdit },
): Promise<Decision<PaymentIntent, EditIntentRefusal>> {
  const { accountId, now } = context
  const { id, edit } = request
  return context.inTx(async (tx) => {
    const [current] = await lockIntents(tx, accountId, [id])
    if (current === undefined) return refused('intent_not_found')
    const metadata = mergeMap(current.metadata, edit.metadata)
    const decision = decideEdit(current, { ...edit, metadata }, now)
    if (decision.kind === 'refused') return refuseIntent(current, 'changed')
    if (isMapTooLarge(metadata)) return refused('map_too_large')
    const { intent } = decision
    const isSameMoney =
      intent.amountMinor === current.amountMinor && intent.currency === current.currency
    if (!isSameMoney && (await isIntentTaken(tx, accountId, id)))
      return refused('intent_being_charged')
    if (edit.paymentMethodId !== undefined && edit.paymentMethodId !== null) {
      const { customerId, paymentMethodId } = intent
      const problem = await whyNotCharged(tx, accountId, { customerId, paymentMethodId })
      if (problem !== null) return refused(problem)
    }
    const changes = emptyChangeSet()
    changes.changedIntents.push(intent)
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'payment_intent', id)
    return accepted(intent)
  })
}
