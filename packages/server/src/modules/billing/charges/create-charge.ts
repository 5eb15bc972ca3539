import { emptyChangeSet, firstAllowed, intentFact } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { startIntent } from '@perennial/core/payments'
import {
  accepted,
  decideAsOne,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { randomToken } from '../../../platform/crypto/index.ts'
import { violatedConstraint } from '../../../platform/db/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import {
  findMethodRoute,
  forgoReceipt,
  listDisabledGateways,
  nameCharge,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import {
  beginConfirm,
  concludeConfirm,
  type BegunConfirm,
  type ConfirmRefusal,
} from '../intents/confirm-intent.ts'
import type { DraftIntent } from '../intents/draft-intent.ts'
import { forbidden, lockGuardedCards } from '../load/guarded-cards.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

export type CreateCharge = DraftIntent & {
  /** A second charge with it is refused. */
  readonly chargeKey: string | null
  /** True: a receipt goes to the customer's own address; false: none. Absent: as the account's settings say. */
  readonly wantsReceipt?: boolean
}

export type CreateChargeRefusal =
  | 'customer_not_found'
  | 'gateways_disabled'
  | 'payment_method_missing'
  | 'payment_method_not_found'
  | 'charge_key_used'
  | ConfirmRefusal

/**
 * Charges a customer at once: a payment intent that is made and confirmed. Both are written together, so that the key of a
 * charge is used up by a charge alone. Refusals in the order of the union.
 */
export async function createCharge(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateCharge,
): Promise<Decision<Uuid, CreateChargeRefusal>> {
  const written = await decideAsOne(context, (whole) => beginCharge(deps, whole, request))
  if (written.kind === 'refused') return written
  const { id, begun } = written.value
  await concludeConfirm(deps, context, { begun, returnUrl: null })
  return accepted(id)
}

/** The first half of `createCharge`, as a part of one transaction; `concludeConfirm` charges after the commit. */
export async function beginCharge(
  deps: BillingDeps,
  whole: CommandContext,
  request: CreateCharge,
): Promise<Decision<{ id: Uuid; begun: BegunConfirm }, CreateChargeRefusal>> {
  const drafted = await draft(deps, whole, request)
  if (drafted.kind === 'refused') return drafted
  const id = drafted.value
  const { paymentMethodId } = request
  const confirm = { id, paymentMethodId, returnUrl: null, isCustomerPresent: false }
  const begun = await beginConfirm(deps, whole, confirm)
  return begun.kind === 'refused' ? begun : accepted({ id, begun: begun.value })
}

async function draft(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateCharge,
): Promise<Decision<Uuid, CreateChargeRefusal>> {
  const { accountId, now } = context
  const { customerId, paymentMethodId, chargeKey, wantsReceipt, ...wish } = request
  try {
    return await context.inTx(async (tx) => {
      const customer = await lockCustomerShared(tx, { accountId, id: customerId })
      if (customer === null) return refused('customer_not_found')
      const method = { customerId, paymentMethodId }
      const route = await findMethodRoute(tx, accountId, method)
      if (route === null && (await listDisabledGateways(tx, accountId, method)).length > 0)
        return refused('gateways_disabled')
      if (route === null)
        return refused(
          paymentMethodId === null ? 'payment_method_missing' : 'payment_method_not_found',
        )
      const cards = await lockGuardedCards(tx, accountId, { routes: [route], at: now })
      const { amountMinor: owedMinor, currency } = wish
      const allowed = firstAllowed([route], { owedMinor, currency, at: now, cards })
      if (allowed.kind === 'none' && allowed.denied !== undefined) return forbidden(allowed.denied)
      const id = deps.ids.next()
      const clientSecret = randomToken('pi_secret_', 24)
      const receiptEmail = wantsReceipt === true ? customer.email : wish.receiptEmail
      const given = { ...wish, id, customerId, clientSecret, receiptEmail }
      const intent = startIntent({ ...given, paymentMethodId: route.paymentMethodId }, now)
      const changes = emptyChangeSet()
      changes.newIntents.push(intent)
      changes.facts.push(intentFact('created', intent, now))
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
      if (wantsReceipt === false) await forgoReceipt(tx, { accountId, id })
      if (chargeKey !== null) await nameCharge(tx, { accountId, intentId: id, key: chargeKey })
      return accepted(id)
    })
  } catch (error) {
    if (violatedConstraint(error) === 'payment_intents_charge_key_unique')
      return refused('charge_key_used')
    throw error
  }
}
