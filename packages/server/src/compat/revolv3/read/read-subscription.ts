import { askForSomething } from '@perennial/core/billing'
import type { PlanWish } from '../../../modules/billing/index.ts'
import type { Frequency, PlainDate } from '@perennial/core/time'
import {
  choiceAt,
  flagAt,
  ID_RANGE,
  integerAt,
  objectAt,
  objectsAt,
  problem,
  refuseBeside,
  textAt,
  type Fields,
} from './fields.ts'
import { readAddress, type FaceAddress } from './read-address.ts'
import { readCustomer, type WantedCustomer } from './read-customer.ts'
import { dateAt } from './read-date.ts'
import { INTERVAL_TYPES, requiredFrequencyAt, unitOf, type IntervalType } from './read-frequency.ts'
import {
  readExistingMethod,
  readPlacedMethod,
  REFERENCE,
  type PlacedMethod,
} from './read-method.ts'
import { readPlan } from './read-plan.ts'

export const NO_CHARGING_PLAN = 'must have a Standard or PriceOverride plan'

export const CANCEL_TYPES = ['Immediate', 'EndOfCycle'] as const

export type WantedSubscription = {
  readonly methods: readonly PlacedMethod[]
  readonly customerNumber: number | null
  readonly customer: WantedCustomer | null
  readonly reference: string | null
  readonly frequency: Frequency | null
  readonly cancelMode: 'immediately' | 'period_end'
  readonly startOn: PlainDate | null
  readonly trial: Frequency | null
  readonly taxAddress: FaceAddress | null
  readonly plans: readonly PlanWish[]
  readonly recyclesStart: boolean
}

/** The same of a customer who is named beside it: by number, or made by the same call (null). */
export function readOwnSubscription(fields: Fields, owner: number | null): WantedSubscription {
  const named = fields.get('customerId')
  if (named !== null && named !== owner)
    problem(fields, 'customerId', 'names another customer than the call')
  if (fields.get('customer') !== null)
    problem(fields, 'customer', 'is the customer of the call, and cannot be given here')
  return readSubscription(fields)
}

/** The body of a create, with every problem noted. */
export function readSubscription(fields: Fields): WantedSubscription {
  choiceAt(fields, 'subscriptionStatusType', ['Current'])
  refuseBeside(fields, ['customerId', 'customer'])
  refuseBeside(fields, ['paymentMethods', 'existingPaymentMethod', 'paymentMethod'])
  const customer = objectAt(fields, 'customer')
  const plans = objectsAt(fields, 'subscriptionBillingPlans').map(readPlan)
  if (plans.length === 0) problem(fields, 'subscriptionBillingPlans', 'must have at least one plan')
  else if (!askForSomething(plans)) problem(fields, 'subscriptionBillingPlans', NO_CHARGING_PLAN)
  const frequency = requiredFrequencyAt(fields)
  return {
    methods: readMethods(fields),
    customerNumber: integerAt(fields, 'customerId', ID_RANGE),
    customer: customer === null ? null : readCustomer(customer),
    reference: textAt(fields, 'merchantSubscriptionRefId', REFERENCE),
    frequency,
    cancelMode: cancelModeAt(fields) ?? 'period_end',
    startOn: dateAt(fields, 'startDate'),
    trial: trialAt(fields),
    taxAddress: addressAt(fields, 'taxAddress'),
    plans,
    recyclesStart: flagAt(fields, 'recycleImmediatePayment') ?? false,
  }
}

export function cancelModeAt(fields: Fields): 'immediately' | 'period_end' | null {
  const type = choiceAt(fields, 'subscriptionCancelType', CANCEL_TYPES)
  if (type === null) return null
  return type === 'Immediate' ? 'immediately' : 'period_end'
}

function addressAt(fields: Fields, name: string): FaceAddress | null {
  const inner = objectAt(fields, name)
  return inner === null ? null : readAddress(inner)
}

/** Ten years, as everywhere: a trial of a start in 2199 still ends within what time is counted in. */
const TRIAL_MAX: Readonly<Record<IntervalType, number>> = {
  Days: 3650,
  Weeks: 520,
  Months: 120,
  Years: 10,
}

export function trialAt(fields: Fields): Frequency | null {
  const type = choiceAt(fields, 'trialDurationType', INTERVAL_TYPES) ?? 'Days'
  const count = integerAt(fields, 'trialDuration', { min: 0, max: TRIAL_MAX[type] }) ?? 0
  return count === 0 ? null : { kind: 'unit', unit: unitOf(type), count }
}

/** An older body has one method, which is then the first. */
function readMethods(fields: Fields): readonly PlacedMethod[] {
  const existing = objectAt(fields, 'existingPaymentMethod')
  const single = objectAt(fields, 'paymentMethod')
  const methods = objectsAt(fields, 'paymentMethods').map(readPlacedMethod)
  if (methods.length > 0) return inOrder(fields, methods)
  if (existing !== null) return [readExistingMethod(existing)]
  if (single !== null) return [{ ...readPlacedMethod(single), priority: 0 }]
  problem(fields, 'paymentMethods', 'must have at least one method')
  return []
}

function inOrder(fields: Fields, methods: readonly PlacedMethod[]): readonly PlacedMethod[] {
  const priorities = new Set(methods.map(({ priority }) => priority))
  if (priorities.size < methods.length)
    problem(fields, 'paymentMethods', 'must have a priority of their own each')
  else if (!priorities.has(0)) problem(fields, 'paymentMethods', 'must have one of priority 0')
  return methods.toSorted((one, other) => one.priority - other.priority)
}
