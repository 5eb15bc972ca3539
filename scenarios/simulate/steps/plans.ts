import { addDays, formatInstant } from '@perennial/core/time'
import { insist } from '../insist.ts'
import { call, countObjects, readNow, type Method, type Stage } from '../stage.ts'
import type { Step } from './about.ts'
import { SUBSCRIPTIONS_MAX, TOKENS } from './subscriptions.ts'

/** Plans that stack, by the Revolv3-compatible API, which alone has them. */

const FREQUENCIES = ['Weekly', 'Biweekly', 'Monthly', 'Monthly', 'Quarterly'] as const

/** Money in whole units with cents. */
const value = ({ chance }: Stage, end: number): number => (1 + chance.below(end)) / 100

function card({ chance }: Stage, priority: number): object {
  const cards = TOKENS.filter((token) => !token.startsWith('tok_ach'))
  return {
    priority,
    billingFirstName: 'Ada',
    billingLastName: 'Byron',
    billingAddress: { addressLine1: '12 Square', city: 'London', state: 'NY', postalCode: '10001' },
    creditCard: { networkToken: chance.pickFrom(cards), expirationDate: '1240' },
    ...(chance.happens(0.3) ? { taxAmount: (1 + chance.below(300)) / 100 } : {}),
  }
}

const STANDARD = 'Standard'
const VALUE_TYPES = [
  STANDARD,
  'Discount',
  'DiscountPercentage',
  'FinalDiscount',
  'PriceOverride',
] as const

function plan(stage: Stage, valueType: string): object {
  const { chance } = stage
  return {
    name: `Plan ${chance.below(1000)}`,
    valueType,
    value: value(stage, valueType === STANDARD ? 6000 : 4000),
    cycleCount: chance.pick([-1, -1, 1 + chance.below(4)]),
    startCycleDelay: chance.pick([0, 0, chance.below(3)]),
  }
}

export const sellPlans: Step = async (stage) => {
  const { chance } = stage
  if ((await countObjects(stage, 'subscriptions')) >= SUBSCRIPTIONS_MAX) return
  const methods = 1 + chance.below(3)
  const now = await readNow(stage)
  const body = {
    paymentMethods: Array.from({ length: methods }, (_, index) => card(stage, index)),
    billingFrequencyType: chance.pick(FREQUENCIES),
    subscriptionCancelType: chance.pick(['Immediate', 'EndOfCycle']),
    recycleImmediatePayment: chance.happens(0.5),
    subscriptionBillingPlans: [
      plan(stage, STANDARD),
      ...Array.from({ length: chance.below(3) }, () => plan(stage, chance.pick(VALUE_TYPES))),
    ],
    ...chance.pick<object>([
      {},
      {},
      { startDate: formatInstant(addDays(now, 1 + chance.below(20))).slice(0, 10) },
      { trialDuration: 1 + chance.below(10), trialDurationType: 'Days' },
    ]),
  }
  await insist(stage, { method: 'POST', path: '/api/Subscriptions', body })
}

/** How failed bills are recycled: few runs, so that some end within a seed. */
export const setStrategy: Step = async (stage) => {
  const { chance } = stage
  const recurring_strategy = {
    recycle_attempts: chance.below(4),
    recycle_interval_days: [1 + chance.below(5)],
    on_exhausted: chance.pick(['cancel', 'keep']),
    on_hard_decline: chance.pick(['cancel', 'keep']),
    invoice_expiration_window_days: chance.pick([5, 30]),
    processors: chance.pick([[], ['amber'], ['birch', 'amber']]),
  }
  const path = '/settings/revolv3'
  await call(stage, { method: 'PUT', path, body: { recurring_strategy } }, stage.faults)
}

/** A request about one of the subscriptions that have plans. */
function aboutPlans(
  toRequest: (stage: Stage) => {
    readonly method: Method
    readonly under: string
    readonly body?: unknown
  },
): Step {
  return async (stage) => {
    const number = await pickNumber(stage, 'subscription')
    if (number === null) return
    const { method, under, body } = toRequest(stage)
    const path = `/api/Subscriptions/${number}${under}`
    await call(stage, { method, path, ...(body === undefined ? {} : { body }) }, stage.faults)
  }
}

export const addPlan = aboutPlans((stage) => ({
  method: 'POST',
  under: '/billing-plans',
  body: plan(stage, stage.chance.pick(VALUE_TYPES)),
}))

export const removePlan: Step = async (stage) => {
  const [number, planNumber] = [
    await pickNumber(stage, 'subscription'),
    await pickNumber(stage, 'plan'),
  ]
  if (number === null || planNumber === null) return
  const path = `/api/Subscriptions/${number}/billing-plans/${planNumber}`
  await call(stage, { method: 'DELETE', path }, stage.faults)
}

export const payOnce = aboutPlans((stage) => ({
  method: 'POST',
  under: '/payment',
  body: { invoiceLineItems: [{ name: 'Extra', value: value(stage, 3000) }] },
}))

export const replaceFirstMethod = aboutPlans((stage) => ({
  method: 'PUT',
  under: '/payment-method',
  body: { paymentMethod: card(stage, 0) },
}))

export const cancelPlans = aboutPlans(() => ({ method: 'POST', under: '/cancel' }))

export const changePlans: Step = async (stage) => {
  const { chance } = stage
  const number = await pickNumber(stage, 'subscription')
  if (number === null) return
  const on = formatInstant(addDays(await readNow(stage), chance.below(30))).slice(0, 10)
  const body = chance.pick<object>([
    { nextBillDate: on },
    { billingFrequencyType: chance.pick(FREQUENCIES) },
    { subscriptionStatusType: 'Current' },
    { subscriptionCancelType: chance.pick(['Immediate', 'EndOfCycle']) },
  ])
  await call(stage, { method: 'PATCH', path: `/api/Subscriptions/${number}`, body }, stage.faults)
}

/** The number that the Revolv3-compatible API calls an object by. */
async function pickNumber(
  { house, account, chance }: Stage,
  kind: 'subscription' | 'plan',
): Promise<number | null> {
  const rows = await house.database.kysely
    .selectFrom('object_numbers')
    .select('number')
    .where('account_id', '=', account.id)
    .where('kind', '=', kind)
    .orderBy('number')
    .execute()
  const row = chance.pickFrom(rows)
  return row?.number ?? null
}
