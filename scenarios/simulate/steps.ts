import { addDays, addMs, formatInstant, MS_PER_DAY } from '@perennial/core/time'
import {
  holdClock,
  loadScope,
  runRenewals,
} from '../../packages/server/src/modules/billing/index.ts'
import { beginLife, runInLife, type Faults } from './life.ts'
import { answerDispute } from './answer-dispute.ts'
import { creditInvoice, refund, voidCredit, voidPayment } from './money-back.ts'
import { insist } from './insist.ts'
import { moveTrial, sell, voidSale } from './sales.ts'
import { LEASE_MS } from './simulated-house.ts'
import {
  call,
  countObjects,
  pickObject,
  readNow,
  type Request,
  type Stage,
  type Target,
} from './stage.ts'

type Step = (stage: Stage) => Promise<void>

const TOKENS = [
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
const SUBSCRIPTIONS_MAX = 6

const signUp: Step = async (stage) => {
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

const subscribe: Step = async (stage) => {
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

const replaceCard: Step = async (stage) => {
  const customerId = await pickObject(stage, 'customers')
  if (customerId !== null) await addMethod(stage, customerId)
}

/** A request about one of the account's objects. Refusals are part of life. */
function about(
  table: Target,
  toRequest: (id: string, stage: Stage) => Promise<Request> | Request,
): Step {
  return async (stage) => {
    const id = await pickObject(stage, table)
    if (id !== null) await call(stage, await toRequest(id, stage), stage.faults)
  }
}

const cancel = about('subscriptions', (id, { chance }) => ({
  method: 'POST',
  path: `/subscriptions/${id}/cancel`,
  body: { mode: chance.pick(['immediately', 'period_end', 'period_end']) },
}))

const reactivate = about('subscriptions', (id) => ({
  method: 'POST',
  path: `/subscriptions/${id}/reactivate`,
}))

const pause = about('subscriptions', async (id, stage) => {
  const resumesAt = formatInstant(addDays(await readNow(stage), 1 + stage.chance.below(60)))
  const behavior = stage.chance.pick(['keep_as_draft', 'mark_uncollectible', 'void'])
  const body = { behavior, ...(stage.chance.happens(0.5) ? { resumes_at: resumesAt } : {}) }
  return { method: 'POST', path: `/subscriptions/${id}/pause`, body }
})

const resume = about('subscriptions', (id) => ({
  method: 'POST',
  path: `/subscriptions/${id}/resume`,
}))

const change = about('subscriptions', (id, { chance }) => ({
  method: 'PATCH',
  path: `/subscriptions/${id}`,
  body: chance.pick<object>([
    { quantity: 1 + chance.below(9) },
    { cancelAtPeriodEnd: chance.happens(0.5) },
    { pauseAtPeriodEnd: true },
    { metadata: { note: String(chance.below(100)) } },
  ]),
}))

const payInvoice = about('invoices', (id, { chance }) => ({
  method: 'POST',
  path: `/invoices/${id}/pay`,
  body: chance.pick([{}, {}, { payment_method: 'cash', amount_minor: 1 + chance.below(5000) }]),
}))

const voidInvoice = about('invoices', (id) => ({
  method: 'POST',
  path: `/invoices/${id}/void`,
  body: { reason: 'a mistake' },
}))

const finalizeInvoice = about('invoices', (id) => ({
  method: 'POST',
  path: `/invoices/${id}/finalize`,
  body: {},
}))

const draftInvoice: Step = async (stage) => {
  const customer_id = await pickObject(stage, 'customers')
  if (customer_id === null) return
  const { chance } = stage
  const own = chance.happens(0.2) ? { invoice_number: `MINE-${chance.below(100_000)}` } : {}
  const body = { customer_id, currency: 'USD', total_minor: 1 + chance.below(9_000), ...own }
  await insist(stage, { method: 'POST', path: '/invoices', body })
}

const deleteInvoice = about('invoices', (id) => ({ method: 'DELETE', path: `/invoices/${id}` }))

const detach = about('payment_methods', (id) => ({
  method: 'POST',
  path: `/payment-methods/${id}/detach`,
}))

const startIntent: Step = async (stage) => {
  const customer = await pickObject(stage, 'customers')
  if (customer === null || (await countObjects(stage, 'payment_intents')) >= INTENTS_MAX) return
  const capture_method = stage.chance.pick(['automatic', 'manual'])
  const body = { amount: 100 + stage.chance.below(9000), currency: 'USD', customer, capture_method }
  await insist(stage, { method: 'POST', path: '/payment-intents', body })
  await confirmIntent(stage)
}

const INTENTS_MAX = 3

const confirmIntent = about('payment_intents', (id) => ({
  method: 'POST',
  path: `/payment-intents/${id}/confirm`,
  body: {},
}))

const captureIntent = about('payment_intents', (id, { chance }) => ({
  method: 'POST',
  path: `/payment-intents/${id}/capture`,
  body: chance.happens(0.5) ? {} : { amount_to_capture: 1 + chance.below(5000) },
}))

const cancelIntent = about('payment_intents', (id) => ({
  method: 'POST',
  path: `/payment-intents/${id}/cancel`,
  body: {},
}))

const deleteCustomer = about('customers', (id) => ({ method: 'DELETE', path: `/customers/${id}` }))

/** The clock is moved as a developer moves it: what falls due on the way is done in its order. */
const advance: Step = async (stage) => {
  const days = 1 + stage.chance.below(20)
  const body = { days }
  await call(stage, { method: 'POST', path: '/test-clock/advance', body }, stage.faults)
}

/** Time passes with no worker at work; then several find everything that is due, late, and at once. */
const workTogether: Step = async (stage) => {
  const { house, chance, account } = stage
  const until = addMs(await readNow(stage), 1 + chance.below(6 * MS_PER_DAY))
  await house.database.tx((tx) => holdClock(tx, account.id, until))
  await work(stage, { workers: 2, faults: stage.faults })
}

/** Workers, each a life of its own, do what is due now; charges whose answer got lost come first. */
export async function work(
  stage: Stage,
  given: { readonly workers: number; readonly faults: Faults },
): Promise<void> {
  const { house, chance, account } = stage
  const until = await readNow(stage)
  const lives = Array.from({ length: given.workers }, () => beginLife(chance, given.faults))
  const scope = await loadScope({ database: house.database }, account.id)
  const window = { until, decideAt: 'until' } as const
  const runs = lives.map((life) =>
    runInLife(life, () =>
      runRenewals(house.billing, scope, window, { lanes: 2, startedAt: until }),
    ),
  )
  const results = await Promise.allSettled(runs)
  await house.drain()
  for (const [index, result] of results.entries()) {
    const died = lives[index]?.diedAt ?? null
    stage.log.push(`worker until ${formatInstant(until)} -> ${died ?? result.status}`)
    if (result.status === 'rejected' && died === null) throw result.reason
  }
}

/** Real time passes: whoever held a lease is gone, and lost answers are asked for. */
const leasesRunOut: Step = async (stage) => {
  stage.house.moveOn(LEASE_MS + 1)
  stage.log.push('leases run out')
  await work(stage, { workers: 1, faults: stage.faults })
}

/** Two steps at the same time, each in a life of its own. */
const race: Step = async (stage) => {
  const [one, other] = [pickStep(stage, RACERS), pickStep(stage, RACERS)]
  stage.log.push('at the same time:')
  const results = await Promise.allSettled([one(stage), other(stage)])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

type Weighted = readonly (readonly [weight: number, step: Step])[]

const RACERS: Weighted = [
  [3, advance],
  [2, cancel],
  [2, pause],
  [2, resume],
  [2, change],
  [3, payInvoice],
  [1, voidInvoice],
  [2, replaceCard],
  [1, confirmIntent],
  [1, captureIntent],
  [1, cancelIntent],
  [1, deleteCustomer],
  [2, refund],
  [1, voidPayment],
  [1, creditInvoice],
  [1, sell],
  [1, voidSale],
  [1, moveTrial],
]

const STEPS: Weighted = [
  [10, advance],
  [5, workTogether],
  [4, leasesRunOut],
  [4, signUp],
  [4, subscribe],
  [3, replaceCard],
  [2, cancel],
  [1, reactivate],
  [2, pause],
  [2, resume],
  [2, change],
  [4, payInvoice],
  [1, voidInvoice],
  [1, draftInvoice],
  [2, finalizeInvoice],
  [0.5, deleteInvoice],
  [1, detach],
  [0.5, deleteCustomer],
  [2, startIntent],
  [1, confirmIntent],
  [1.5, captureIntent],
  [0.5, cancelIntent],
  [3, race],
  [8, refund],
  [2, voidPayment],
  [3, creditInvoice],
  [0.5, voidCredit],
  [2, answerDispute],
  [3, sell],
  [1, voidSale],
  [2, moveTrial],
]

function pickStep({ chance }: Stage, steps: Weighted): Step {
  const total = steps.reduce((sum, [weight]) => sum + weight, 0)
  let left = (chance.below(1_000_000) / 1_000_000) * total
  for (const [weight, step] of steps) {
    left -= weight
    if (left < 0) return step
  }
  return advance
}

const STEPS_MIN = 12
const STEPS_SPREAD = 12

/** Signs somebody up and then does whatever chance says, a few dozen times. */
export async function playSteps(stage: Stage): Promise<void> {
  await signUp(stage)
  const count = STEPS_MIN + stage.chance.below(STEPS_SPREAD)
  for (let played = 0; played < count; played += 1) await pickStep(stage, STEPS)(stage)
}
