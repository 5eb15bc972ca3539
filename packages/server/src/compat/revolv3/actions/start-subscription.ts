import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  boundaryAt,
  comparePlainDates,
  plainDateAt,
  startOfDay,
  UTC,
  type Frequency,
  type PlainDate,
} from '@perennial/core/time'
import {
  createPlanSubscription,
  type BillingDeps,
  type PlanWish,
} from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import type { WantedCustomer } from '../read/read-customer.ts'
import type { PlacedMethod } from '../read/read-method.ts'
import { toJson, type WantedSubscription } from '../read/read-subscription.ts'
import { customerOf, placeMethods } from './place-methods.ts'

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

/** Makes customer, methods and subscription, and charges what is due. Refuses with 422 when that is refused. */
export async function startSubscription(
  deps: BillingDeps,
  context: CommandContext,
  wanted: Startable,
  known: { readonly customerId: Uuid } | null = null,
): Promise<Uuid> {
  const initialBillOn = initialBillOf(context, wanted)
  const customerId = known?.customerId ?? (await customerOf(context, wanted))
  const methods = await placeMethods(deps, context, { ...wanted, customerId })
  const { kind, reference, cancelMode, recyclesStart, frequency, plans } = wanted
  const decision = await createPlanSubscription(deps, context, {
    kind,
    reference,
    cancelMode,
    recyclesStart,
    customerId,
    currency: context.account.currency,
    frequency,
    initialBillOn,
    methods,
    plans,
    taxAddress: toJson(wanted.taxAddress),
    metadata: {},
  })
  if (decision.kind === 'refused')
    throw new FaceRefusal(422, decision.message ?? `The subscription was refused: ${decision.code}.`) // prettier-ignore
  if (decision.value.outcome === 'refused')
    throw new FaceRefusal(422, 'The first payment was declined; there is no subscription.')
  return decision.value.id
}

/** The day of the first bill: the start, or the end of the trial. Refuses a start that lies in the past. */
function initialBillOf(
  { now }: CommandContext,
  { startOn, trial }: Pick<Startable, 'startOn' | 'trial'>,
): PlainDate {
  const today = plainDateAt(now, UTC)
  const start = startOn ?? today
  if (comparePlainDates(start, today) < 0)
    throw FaceRefusal.invalid(['startDate must be today or later.'])
  if (trial === null) return start
  const anchor = { at: startOfDay(start, UTC), zone: UTC, day: null }
  return plainDateAt(boundaryAt(anchor, trial, 1), UTC)
}

/** What was read of a body whose problems were refused is whole. */
export function asStartable(wanted: WantedSubscription): Startable {
  const { frequency } = wanted
  assert(frequency !== null, 'a subscription without an interval was refused')
  return { ...wanted, frequency, kind: 'subscription' }
}
