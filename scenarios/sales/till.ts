import assert from 'node:assert/strict'
import { memberOf, type Answer, type ScenarioWorld } from '@perennial/testkit/scenario'

/** The products of revcent.md 19, six years later: the same days of the week, which a sandbox's clock can still go to. */
export type Till = {
  readonly profileId: string
  /** 50.00 in a sale and 40.00 at renewals, every 30 days. */
  readonly productId: string
  /** The same with a trial of 14 days, and 20.00 at its end. */
  readonly trialId: string
  /** 9.99 once. */
  readonly onceId: string
  sell(body: object): Promise<Answer>
}

/** A profile of 30 days, and what is sold by it. Salvage is by hand. */
export async function openTill(world: ScenarioWorld, profile: object = {}): Promise<Till> {
  const made = await world.api.post('/subscription-profiles', {
    name: 'Every 30 days',
    frequency: { kind: 'unit', unit: 'day', count: 30 },
    payment_profile_id: null,
    retry_failed_renewals: false,
    ...profile,
  })
  await world.expects(['subscription_profile.created'])
  const profileId = made.text('data.id')
  const renewing = {
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 50_00,
    renewal_amount_minor: 40_00,
    subscription_profile_id: profileId,
  }
  const product = async (name: string, body: object) =>
    (await world.api.post('/products', { product_id: name, name, ...body })).text('data.id')
  return {
    profileId,
    productId: await product('P', renewing),
    trialId: await product('T', { ...renewing, trial_days: 14, trial_amount_minor: 20_00 }),
    onceId: await product('Once', {
      kind: 'one_time',
      pricing_model: 'one_time',
      amount_minor: 9_99,
    }),
    sell: (body) => world.api.post('/sales', body),
  }
}

/** Ids of the subscriptions that a sale has begun, in the order of its lines. */
export function begunBy(sale: Answer): readonly string[] {
  const lines = sale.at('data.lines')
  assert.ok(Array.isArray(lines))
  return lines.flatMap((line) => {
    const id = memberOf(memberOf(line, 'subscription'), 'id')
    return typeof id === 'string' ? [id] : []
  })
}

/** "active 4000 2031-02-14 10:00": status, amount and next renewal of a subscription. */
export async function standingOf(world: ScenarioWorld, id: string): Promise<string> {
  const shown = await world.api.get(`/subscriptions/${id}`)
  const next = shown.at('data.profile.next_renewal_at')
  const day = typeof next === 'string' ? next.slice(0, 16).replace('T', ' ') : 'never'
  return `${String(shown.at('data.status'))} ${String(shown.at('data.amount_minor'))} ${day.replace(' 00:00', '')}`
}

/** "paid 5000 5000 0 0 5000": status, original total, discounted, refunded, total, each in minor units. */
export function amountsOf(sale: Answer): string {
  const names = ['status', 'amount_original_total_minor', 'amount_discounted_minor']
  const all = [...names, 'amount_refunded_minor', 'amount_total_minor']
  return all.map((name) => String(sale.at(`data.${name}`))).join(' ')
}

/** What a sale tells that is paid at once and begins one subscription. */
export const PAID_SALE = [
  'sale.created',
  'invoice.created',
  'invoice.finalized',
  'payment.succeeded',
  'invoice.paid',
  'subscription.created',
  'subscription.activated',
  'sale.paid',
]

/** A payment profile that charges half of what is asked for. */
export async function chargesHalf(world: ScenarioWorld): Promise<string> {
  const listed = (await world.api.get('/gateways')).at('data')
  assert.ok(Array.isArray(listed))
  const entries = listed.map((one) => ({ kind: 'gateway', gateway_id: memberOf(one, 'id') }))
  const nodes = [
    { id: 'start', type: 'start_payment_request', outputs: { next: 'half' } },
    {
      id: 'half',
      type: 'action_change_amount',
      amount: { kind: 'percent', percent: 50 },
      outputs: { next: 'choose' },
    },
    {
      id: 'choose',
      type: 'action_choose_gateway',
      pick: 'sort_order',
      entries,
      outputs: { next: 'pay' },
    },
    { id: 'pay', type: 'action_process_payment' },
  ]
  const made = await world.api.post('/payment-profiles', {
    name: 'Half',
    definition: { kind: 'flow', nodes },
  })
  await world.expects(['payment_profile.created'])
  return made.text('data.id')
}
