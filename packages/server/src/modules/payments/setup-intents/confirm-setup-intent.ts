import type { Uuid } from '@perennial/core/ids'
import {
  confirmSetupIntent as decideConfirm,
  type SetupIntent,
  type Verification,
} from '@perennial/core/payments'
import { addMs } from '@perennial/core/time'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import { type AddMethodRefusal, addPaymentMethod } from '../methods/add-payment-method.ts'
import type { BillingDetailsChange } from '../methods/payment-method.ts'
import { findMethod } from '../queries/payment-methods.ts'
import {
  findSetupIntent,
  findVerificationToken,
  lockSetupIntent,
  updateSetupIntent,
} from '../queries/setup-intents.ts'
import { saveMethod, type SetupDeps, verify } from './settle-setup-intent.ts'

export type ConfirmSetup = {
  readonly id: Uuid
  readonly paymentMethodId: Uuid | null
  /** Of a gateway's own tokenisation, in place of a method: it becomes one when it is verified. */
  readonly token: string | null
  readonly gatewayCode: string | null
  readonly returnUrl: string | null
  /** Kept with a method that comes of a token. */
  readonly billingDetails?: BillingDetailsChange
}

export type ConfirmSetupRefusal =
  | AddMethodRefusal
  | 'setup_not_found'
  | 'setup_state_invalid'
  | 'customer_missing'
  | 'customer_deleted'
  | 'payment_method_missing'
  | 'payment_method_not_found'
  | 'method_type_differs'
  | 'no_gateway_for_method'

/** What is held for a moment where a gateway cannot verify without holding: one unit of most currencies. */
const HELD_MINOR = 100n

/**
 * Verifies a method at its gateway and gives it to the customer. The verification is committed before the gateway is
 * asked, and its answer settled before this returns. Refusals are checked in the order in which they are met.
 */
export async function confirmSetupIntent(
  deps: SetupDeps,
  context: CommandContext,
  request: ConfirmSetup,
): Promise<Decision<Uuid, ConfirmSetupRefusal>> {
  const named = await nameMethod(deps, context, request)
  if (named.kind === 'refused') return named
  const planned = await planVerification(deps, context, named.value)
  const begun = await context.inTx((tx) =>
    begin(deps, context, { tx, id: request.id, ...named.value, verification: planned }),
  )
  if (begun.kind === 'refused') return begun
  const intent = begun.value
  if (intent.status === 'processing')
    await verify(deps, context, { intent, returnUrl: request.returnUrl })
  return accepted(request.id)
}

type Named = { readonly customerId: Uuid; readonly paymentMethodId: Uuid }

/** Which method is verified, and for whom. */
async function nameMethod(
  deps: SetupDeps,
  context: CommandContext,
  request: ConfirmSetup,
): Promise<Decision<Named, ConfirmSetupRefusal>> {
  const { accountId } = context
  const { id, token } = request
  const intent = await context.inTx((tx) => findSetupIntent(tx, { accountId, id }))
  if (intent === null) return refused('setup_not_found')
  const isOpen =
    intent.status === 'requires_payment_method' || intent.status === 'requires_confirmation'
  if (!isOpen) return refused('setup_state_invalid')
  if (token === null) return nameKnownMethod(context, intent, request.paymentMethodId)
  const { customerId } = intent
  if (customerId === null) return refused('customer_missing')
  const added = await addPaymentMethod(deps.gateways, context, {
    customerId,
    type: null,
    token,
    gatewayCode: request.gatewayCode,
    isDefault: false,
    billingDetails: request.billingDetails ?? null,
    metadata: {},
    isUnverified: true,
  })
  if (added.kind === 'refused') return added
  if (!intent.paymentMethodTypes.includes(added.value.type)) return refused('method_type_differs')
  return accepted({ customerId, paymentMethodId: added.value.id })
}

async function nameKnownMethod(
  context: CommandContext,
  intent: SetupIntent,
  given: Uuid | null,
): Promise<Decision<Named, ConfirmSetupRefusal>> {
  const paymentMethodId = given ?? intent.paymentMethodId
  if (paymentMethodId === null) return refused('payment_method_missing')
  const { accountId } = context
  const method = await context.inTx((tx) => findMethod(tx, { accountId, id: paymentMethodId }))
  if (method === null) return refused('payment_method_not_found')
  const customerId = intent.customerId ?? method.customerId
  const isAnothers = method.status !== 'inactive' && method.customerId !== customerId
  if (isAnothers) return refused('payment_method_not_found')
  // What is debited under a mandate is set up by the mandate.
  const isTaken = intent.paymentMethodTypes.includes(method.type) && method.mandate === null
  return isTaken ? accepted({ customerId, paymentMethodId }) : refused('method_type_differs')
}

/** Null: a bank account is proved by its first debit, and some gateways cannot authorise. `none`: nobody has a token. */
async function planVerification(
  deps: SetupDeps,
  context: CommandContext,
  { paymentMethodId }: Named,
): Promise<Verification | 'none' | null> {
  const { accountId } = context
  const found = await context.inTx(async (tx) => ({
    token: await findVerificationToken(tx, { accountId, paymentMethodId }),
    method: await findMethod(tx, { accountId, id: paymentMethodId }),
  }))
  if (found.token === null) return 'none'
  const { gatewayId } = found.token
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  if (found.method?.type !== 'card' || !port.abilities.authorize) return null
  const heldMinor = port.abilities.verifiesWithoutHold === true ? 0n : HELD_MINOR
  return { id: context.ids.next(), gatewayId, gatewayReference: null, heldMinor }
}

async function begin(
  deps: SetupDeps,
  context: CommandContext,
  given: Named & {
    readonly tx: Tx
    readonly id: Uuid
    readonly verification: Verification | 'none' | null
  },
): Promise<Decision<SetupIntent, ConfirmSetupRefusal>> {
  const { tx, id, customerId, paymentMethodId, verification } = given
  const { accountId, now } = context
  const customer = await lockCustomer(tx, { accountId, id: customerId })
  const current = await lockSetupIntent(tx, { accountId, id })
  if (current === null) return refused('setup_not_found')
  if (customer === null) return refused('customer_deleted')
  if (verification === 'none') return refused('no_gateway_for_method')
  const decision = decideConfirm(current, { customerId, paymentMethodId, verification }, now)
  if (decision.kind === 'refused') return refused(decision.code)
  const { intent } = decision
  if (intent.status === 'succeeded' && !(await saveMethod(tx, context, intent)))
    return refused('payment_method_not_found')
  const leaseUntil = addMs(deps.clock.now(), deps.leaseMs)
  await updateSetupIntent(tx, accountId, intent, intent.status === 'processing' ? leaseUntil : null)
  await context.remember(tx, 'setup_intent', id)
  return accepted(intent)
}
