import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Frequency, PlainDate } from '@perennial/core/time'
import {
  chargeBegun,
  createPlanSubscriptions,
  type BillingDeps,
  type CreatePlanRefusal,
  type CreatePlanSubscription,
  type PlanWish,
} from '../../../modules/billing/index.ts'
import { asOne, type CommandContext, type Refused } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import type { WantedCustomer } from '../read/read-customer.ts'
import type { PlacedMethod } from '../read/read-method.ts'
import { NO_CHARGING_PLAN, type WantedSubscription } from '../read/read-subscription.ts'
import { keepAddress } from './keep-addresses.ts'
import {
  customerOf,
  knownCustomer,
  placeMethods,
  readyMethods,
  type Placed,
  type ReadyPlace,
} from './place-methods.ts'

export type Startable = Pick<
  WantedSubscription,
  'reference' | 'cancelMode' | 'recyclesStart' | 'taxAddress'
> & {
  readonly kind: 'subscription' | 'installment'
  readonly customerNumber: number | null
  readonly customer: WantedCustomer | null
  readonly methods: readonly PlacedMethod[]
  readonly frequency: Frequency
  readonly startOn: PlainDate | null
  readonly trial: Frequency | null
  readonly plans: readonly PlanWish[]
}

/** Who is to have the subscriptions: known, made of what is given, or as each of the subscriptions says (null). */
export type Owner =
  | { readonly kind: 'known'; readonly customerId: Uuid }
  | { readonly kind: 'new'; readonly customer: WantedCustomer }
  | null

export type StartedSubscriptions = {
  readonly customerId: Uuid
  /** Those that run; one whose first payment was declined is not there. */
  readonly ids: readonly Uuid[]
}

/**
 * Makes customer, methods and subscriptions, all in one transaction, and then charges what is due: what refuses one of them
 * leaves nothing behind and has charged nothing. Refuses with 422 when nothing runs because every first payment was declined.
 */
export async function startSubscriptions(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly owner: Owner; readonly wanted: readonly Startable[] },
): Promise<StartedSubscriptions> {
  const { owner, wanted } = given
  const known = await knownOwner(context, given)
  const ready: (Omit<Startable, 'methods'> & { readonly methods: readonly ReadyPlace[] })[] = []
  for (const one of wanted)
    ready.push({ ...one, methods: await readyMethods(deps, context, one.methods) })
  const begun = await asOne(context, async (whole) => {
    const customer = owner?.kind === 'new' ? owner.customer : (wanted[0]?.customer ?? null)
    const methods = ready.flatMap((one) => one.methods)
    const customerId = await customerOf(whole, { known, customer, methods })
    const requests: CreatePlanSubscription[] = []
    for (const one of ready) {
      const placed = await placeMethods(whole, { customerId, methods: one.methods })
      const taxAddress = await keepAddress(whole, one.taxAddress)
      requests.push(toRequest(context, { ...one, taxAddress, methods: placed }))
    }
    if (requests.length === 0) return { customerId, ids: [], attempts: [] }
    const decision = await createPlanSubscriptions(deps, whole, { customerId, requests })
    if (decision.kind === 'refused') throw startRefusal(decision)
    if (owner?.kind === 'new') await whole.inTx((tx) => whole.remember(tx, 'customer', customerId))
    return { customerId, ...decision.value }
  })
  const outcomes = await chargeBegun(deps, context, begun)
  const running = outcomes.filter(({ outcome }) => outcome === 'running')
  if (running.length === 0 && wanted.length > 0) throw declinedStart()
  return { customerId: begun.customerId, ids: running.map(({ id }) => id) }
}

function startRefusal({ code, message }: Refused<CreatePlanRefusal>): FaceRefusal {
  switch (code) {
    case 'start_in_past':
      return FaceRefusal.invalid(['startDate must be today or later.'])
    case 'no_charging_plan':
      return FaceRefusal.invalid([`subscriptionBillingPlans ${NO_CHARGING_PLAN}.`])
    default:
      return new FaceRefusal(422, message ?? `The subscription was refused: ${code}.`)
  }
}

export function declinedStart(): FaceRefusal {
  return new FaceRefusal(422, 'The first payment was declined; there is no subscription.')
}

/** The same for one. */
export async function startSubscription(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly owner: Owner; readonly wanted: Startable },
): Promise<Uuid> {
  const { owner, wanted } = given
  const { ids } = await startSubscriptions(deps, context, { owner, wanted: [wanted] })
  const [id] = ids
  assert(id !== undefined, 'one that was not refused runs')
  return id
}

async function knownOwner(
  context: CommandContext,
  { owner, wanted }: { readonly owner: Owner; readonly wanted: readonly Startable[] },
): Promise<Uuid | null> {
  if (owner !== null) return owner.kind === 'known' ? owner.customerId : null
  return knownCustomer(context, wanted[0]?.customerNumber ?? null)
}

function toRequest(
  { account }: CommandContext,
  wanted: Omit<Startable, 'methods'> & { readonly methods: readonly Placed[] },
): CreatePlanSubscription {
  const { kind, reference, cancelMode, recyclesStart, frequency, startOn, trial, methods, plans } = wanted // prettier-ignore
  return {
    kind,
    reference,
    cancelMode,
    recyclesStart,
    currency: account.currency,
    frequency,
    startOn,
    trial,
    methods,
    plans,
    taxAddress: wanted.taxAddress,
    metadata: {},
  }
}

/** What was read of a body whose problems were refused is whole. */
export function asStartable(wanted: WantedSubscription): Startable {
  const { frequency } = wanted
  assert(frequency !== null, 'a subscription without an interval was refused')
  return { ...wanted, frequency, kind: 'subscription' }
}
