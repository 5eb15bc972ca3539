import { ALL_CYCLES_COMPLETED } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  cyclesRemaining,
  isEnded,
  periodOfCycle,
  type Subscription,
  type SubscriptionItem,
} from '@perennial/core/subscriptions'
import {
  listTaxedMethods,
  type StoredTerms,
  type TaxedMethod,
} from '../../../modules/billing/index.ts'
import { findSubscriptions, listItems } from '../../../modules/subscriptions/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { numbersOf, type NumberOf } from '../numbers/numbers.ts'
import type { Numbered } from '../numbers/queries.ts'
import { readCycleDates, readMethods } from '../queries/objects.ts'
import { toWireFrequency } from '../read/read-frequency.ts'
import { valueTypeOf } from '../read/read-plan.ts'
import { toDay, toMoment, toPlanValue } from './dates-and-money.ts'

export type SubscriptionStatus = 'Current' | 'Recycle' | 'Cancelled' | 'PendingCancellation'

export function statusOf({
  status,
  cancelAtPeriodEnd,
}: Pick<Subscription, 'status' | 'cancelAtPeriodEnd'>): SubscriptionStatus {
  if (isEnded(status)) return 'Cancelled'
  if (status === 'past_due' || status === 'unpaid') return 'Recycle'
  return cancelAtPeriodEnd ? 'PendingCancellation' : 'Current'
}

/** One whose first charge was refused has never been: only its invoice tells of it (spec/revolv3.md 4.4). */
export function hasBeen({ status }: Pick<Subscription, 'status'>): boolean {
  return status !== 'incomplete_expired'
}

type Shown = {
  readonly subscription: Subscription
  readonly terms: StoredTerms
  readonly items: readonly SubscriptionItem[]
  readonly methods: readonly TaxedMethod[]
  readonly networkTransactionId: string | null
  readonly startedAtOf: (cycle: number) => Subscription['startedAt']
}

/** The subscriptions of these terms as this face shows them, in the order given. */
export async function showSubscriptions(
  tx: Tx,
  accountId: Uuid,
  terms: readonly StoredTerms[],
  { withRefused }: { readonly withRefused: boolean } = { withRefused: false },
): Promise<readonly ReturnType<typeof toWire>[]> {
  const ids = terms.map(({ subscriptionId }) => subscriptionId)
  if (ids.length === 0) return []
  const [subscriptions, items, methods, dates] = await Promise.all([
    findSubscriptions(tx, accountId, ids),
    listItems(tx, accountId, ids),
    listTaxedMethods(tx, accountId, ids),
    readCycleDates(tx, accountId, ids),
  ])
  const details = await readMethods(tx, accountId, methods.map((one) => one.paymentMethodId)) // prettier-ignore
  const shown = terms.flatMap((own): Shown[] => {
    const subscription = subscriptions.find(({ id }) => id === own.subscriptionId)
    if (subscription === undefined || !(withRefused || hasBeen(subscription))) return []
    const { id } = subscription
    const places = methods.filter((one) => one.subscriptionId === id)
    const first = details.find((one) => one.id === places[0]?.paymentMethodId)
    const billed = new Map(
      dates.filter((one) => one.subscriptionId === id).map((one) => [one.cycle, one.renewalAt]),
    )
    return [
      {
        subscription,
        terms: own,
        items: items.filter((item) => item.subscriptionId === id),
        methods: places,
        networkTransactionId: first?.networkTransactionId ?? null,
        startedAtOf: (cycle) => billed.get(cycle) ?? plannedAt(subscription, cycle),
      },
    ]
  })
  const numberOf = await numbersOf(tx, accountId, shown.flatMap(numberedIn))
  return shown.map((one) => toWire(one, numberOf))
}

function plannedAt({ schedule, period }: Subscription, cycle: number): Subscription['startedAt'] {
  return periodOfCycle(schedule, cycle, period.end).start
}

function numberedIn({ subscription, terms, items, methods }: Shown): Numbered[] {
  return [
    { kind: terms.kind, id: subscription.id },
    { kind: 'customer', id: subscription.customerId },
    ...methods.map(({ paymentMethodId: id }) => ({ kind: 'method', id }) as const),
    ...items.map(({ id }) => ({ kind: 'plan', id }) as const),
  ]
}

function toWire(shown: Shown, numberOf: NumberOf) {
  const { subscription, terms, items, methods } = shown
  const status = statusOf(subscription)
  const isOver = status === 'Cancelled'
  return {
    subscriptionId: numberOf(subscription.id),
    customerId: numberOf(subscription.customerId),
    merchantSubscriptionRefId: terms.reference,
    networkTransactionId: shown.networkTransactionId,
    ...toWireFrequency(subscription.schedule.frequency),
    subscriptionStatusType: status,
    subscriptionCancelType: terms.cancelMode === 'immediately' ? 'Immediate' : 'EndOfCycle',
    // A trial that is given another end is billed first then.
    initialBillDate: toDay(subscription.trialEnd ?? terms.initialBillAt),
    nextBillDate: isOver ? null : toDay(subscription.period.end),
    paymentMethodIds: methods.map((method) => numberOf(method.paymentMethodId)),
    billingPlans: items.map((item) => toWirePlan(item, shown, numberOf)),
    taxAddress: terms.taxAddress,
    cancelledAt: isOver ? toMoment(subscription.endedAt) : null,
    message: messageOf(subscription),
    paymentProcessor: null,
    processorMerchantId: null,
    processorRawResponse: null,
    currency: subscription.currency,
  }
}

function messageOf({ cancelReason }: Subscription): string | null {
  if (cancelReason === ALL_CYCLES_COMPLETED) return 'AllCyclesCompleted'
  return cancelReason === 'payment_failed' ? 'PaymentFailed' : null
}

function toWirePlan(
  item: SubscriptionItem,
  { subscription, startedAtOf }: Shown,
  numberOf: NumberOf,
) {
  return {
    subscriptionBillingPlanId: numberOf(item.id),
    subscriptionId: numberOf(subscription.id),
    name: item.description,
    value: toPlanValue(item, subscription.currency),
    startDate: toDay(startedAtOf(item.cycleFirst)),
    cyclesRemaining: cyclesRemaining(item, subscription) ?? -1,
    cycleCount: item.cycleCount ?? -1,
    valueType: valueTypeOf(item.component),
  }
}
