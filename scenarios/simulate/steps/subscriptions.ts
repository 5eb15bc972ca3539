import { addDays, formatInstant } from '@perennial/core/time'
import { insist } from '../insist.ts'
import { countObjects, pickObject, readNow, type Stage } from '../stage.ts'
import { about, type Step } from './about.ts'

export const TOKENS = [
  'tok_visa',
  'tok_visa',
  'tok_mastercard',
  'tok_decline_insufficient_funds',
  'tok_decline_after_1_do_not_honor',
  'tok_decline_after_2_insufficient_funds',
  'tok_timeout_charged',
  'tok_timeout_not_charged',
  'tok_authenticate',
  'tok_expires_202806',
  'tok_decline_until_20280901_insufficient_funds',
  'tok_ach',
  'tok_ach_return_R01',
  'tok_world',
  'tok_refund_timeout',
  'tok_refund_fail',
  'tok_dispute_fraudulent',
  'tok_early_warning',
  'tok_ach_return_R01_after_5',
] as const

const CUSTOMERS_MAX = 4
export const SUBSCRIPTIONS_MAX = 6

export const signUp: Step = async (stage) => {
  if ((await countObjects(stage, 'customers')) >= CUSTOMERS_MAX) return
  const email = `${stage.chance.below(1_000_000)}@example.com`
  const body = { email, name: 'Customer' }
  const created = await insist(stage, { method: 'POST', path: '/customers', body })
  if (created === null || created.status !== 201) return
  await addMethod(stage, created.text('data.id'))
  await subscribe(stage)
}

async function addMethod(stage: Stage, customerId: string): Promise<void> {
  const token = stage.chance.pick(TOKENS)
  const type = token.startsWith('tok_ach') ? 'us_bank_account' : 'card'
  const body = { customer_id: customerId, type, token, is_default: true }
  await insist(stage, { method: 'POST', path: '/payment-methods', body })
}

export const subscribe: Step = async (stage) => {
  if ((await countObjects(stage, 'subscriptions')) >= SUBSCRIPTIONS_MAX) return
  const customerId = await pickObject(stage, 'customers')
  if (customerId === null) return
  const body = {
    customerId,
    priceId: stage.chance.pickFrom(stage.priceIds),
    ...(await terms(stage)),
  }
  await insist(stage, { method: 'POST', path: '/subscriptions', body })
}

async function terms(stage: Stage): Promise<object> {
  const { chance } = stage
  const now = await readNow(stage)
  const inDays = (days: number): string => formatInstant(addDays(now, days))
  return chance.pick([
    {},
    {},
    { quantity: 1 + chance.below(5) },
    { trialDays: 1 + chance.below(20) },
    { trialDays: 0, billingAnchorDay: 1 + chance.below(31) },
    { startDate: inDays(1 + chance.below(30)) },
    { billingEndStrategy: 'after_cycles', billingMaxCycles: 1 + chance.below(3) },
    { billingEndStrategy: 'on_date', billingEndsOn: inDays(20 + chance.below(90)) },
    { cancelAtPeriodEnd: true },
    { pauseAtPeriodEnd: true },
    { collectionMethod: 'send_invoice', daysUntilDue: chance.below(20) },
  ])
}

export const replaceCard: Step = async (stage) => {
  const customerId = await pickObject(stage, 'customers')
  if (customerId !== null) await addMethod(stage, customerId)
}

export const cancel = about('subscriptions', (id, { chance }) => ({
  method: 'POST',
  path: `/subscriptions/${id}/cancel`,
  body: { mode: chance.pick(['immediately', 'period_end', 'period_end']) },
}))

export const reactivate = about('subscriptions', (id) => ({
  method: 'POST',
  path: `/subscriptions/${id}/reactivate`,
}))

export const pause = about('subscriptions', async (id, stage) => {
  const resumesAt = formatInstant(addDays(await readNow(stage), 1 + stage.chance.below(60)))
  const behavior = stage.chance.pick(['keep_as_draft', 'mark_uncollectible', 'void'])
  const body = { behavior, ...(stage.chance.happens(0.5) ? { resumes_at: resumesAt } : {}) }
  return { method: 'POST', path: `/subscriptions/${id}/pause`, body }
})

export const resume = about('subscriptions', (id) => ({
  method: 'POST',
  path: `/subscriptions/${id}/resume`,
}))

export const change = about('subscriptions', (id, { chance }) => ({
  method: 'PATCH',
  path: `/subscriptions/${id}`,
  body: chance.pick<object>([
    { quantity: 1 + chance.below(9) },
    { cancelAtPeriodEnd: chance.happens(0.5) },
    { pauseAtPeriodEnd: true },
    { metadata: { note: String(chance.below(100)) } },
  ]),
}))

export const detach = about('payment_methods', (id) => ({
  method: 'POST',
  path: `/payment-methods/${id}/detach`,
}))

export const deleteCustomer = about('customers', (id) => ({
  method: 'DELETE',
  path: `/customers/${id}`,
}))
