import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { createSubscription, type BillingDeps } from '../modules/billing/index.ts'
import { createCustomers, type Customer } from '../modules/customers/index.ts'
import { addPaymentMethod } from '../modules/payments/index.ts'
import type { CommandContext } from '../platform/command/index.ts'
import type { Moment, SignUp } from './plan-demo.ts'

/** Customers of one moment who subscribe at the same time: charges wait for the card world, not for each other. */
const LANES = 6

/** The moment's customers, made together, each with a card and a subscription of their own. */
export async function signUpAll(
  deps: BillingDeps,
  contextAt: (at: Instant) => CommandContext,
  given: {
    readonly moment: Moment
    readonly prices: ReadonlyMap<string, Uuid>
    /** Filled with what was made, by customer number. */
    readonly subscriptionIds: Map<number, Uuid>
    /** The demo was interrupted in this moment: its customers may be there already, and are then left as they are. */
    readonly isRepeated: boolean
  },
): Promise<void> {
  const { moment, prices, subscriptionIds } = given
  if (moment.signUps.length === 0) return
  const decision = await createCustomers(
    contextAt(moment.at),
    moment.signUps.map((signUp) => signUp.person.customer),
  )
  if (decision.kind === 'refused' && given.isRepeated) return
  assert(decision.kind === 'accepted', 'no two customers of the demo share an address')
  const queue = moment.signUps.entries()
  const lane = async (): Promise<void> => {
    for (const [index, signUp] of queue) {
      const customer = decision.value[index]
      assert(customer !== undefined, 'each request made a customer')
      const id = await subscribe(deps, contextAt(signUp.at), { signUp, customer, prices })
      subscriptionIds.set(signUp.number, id)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function subscribe(
  deps: BillingDeps,
  context: CommandContext,
  given: {
    readonly signUp: SignUp
    readonly customer: Customer
    readonly prices: ReadonlyMap<string, Uuid>
  },
): Promise<Uuid> {
  const { signUp, customer } = given
  await giveCard(deps, context, { customerId: customer.id, token: signUp.token })
  const priceId = given.prices.get(signUp.priceKey)
  assert(priceId !== undefined, `the demo sells ${signUp.priceKey}`)
  const decision = await createSubscription(deps, context, {
    customerId: customer.id,
    prices: [{ priceId, quantity: signUp.quantity }],
    productId: null,
    quantity: signUp.quantity,
    paymentMethodId: null,
    currency: null,
    startAt: null,
    trialEnd: null,
    trialDays: null,
    billingAnchorDay: null,
    endsAt: null,
    cancelAtPeriodEnd: false,
    pauseAtPeriodEnd: false,
    collectionMethod: 'charge_automatically',
    daysUntilDue: null,
    metadata: {},
  })
  assert(decision.kind === 'accepted', `the demo's customer ${signUp.number} can subscribe`)
  return decision.value
}

export async function giveCard(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly token: string },
): Promise<void> {
  const decision = await addPaymentMethod(deps.gateways, context, {
    ...given,
    type: 'card',
    gatewayCode: null,
    isDefault: true,
    billingDetails: null,
    metadata: {},
  })
  assert(decision.kind === 'accepted', `the card world knows ${given.token}`)
}
