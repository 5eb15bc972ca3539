import assert from 'node:assert/strict'
import { emptyEvidence, learn, packSegment } from '@perennial/core/recovery'
import { addMs, MS_PER_HOUR, parseInstant, UTC } from '@perennial/core/time'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { gatewaysInOrder } from '../routing/gateways-in-order.ts'
import { theCase } from './the-case.ts'

const DECLINED_AGAIN = ['payment.failed', 'invoice.payment_failed']
const RECOVERED = [...COLLECTED, 'subscription.updated']
const LADDER = { settings: { recovery: { policy: 'ladder' } } }

scenario('the ladder is climbed to the letter, and its story can be read', async (world) => {
  await world.api.patch('/account', LADDER)
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'insufficient_funds'),
  })
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  for (const day of ['2027-03-01', '2027-03-03']) {
    const due = await ada.show()
    assert.equal(due.at('data.dunning.next_retry_at'), `${day}T00:00:00.000Z`)
    assert.equal(due.at('data.dunning.total_possible_retries'), 3)
    await world.goTo(day, { events: DECLINED_AGAIN })
  }
  await world.goTo('2027-03-07', { events: [...DECLINED_AGAIN, 'subscription.updated'] })
  assert.equal(await ada.status(), 'unpaid')

  const ended = await theCase(world, '&state=exhausted')
  assert.deepEqual(
    [ended.at('data.policy'), ended.at('data.retries_made'), ended.at('data.next_attempt_at')],
    ['ladder', 3, null],
  )
  const told = JSON.stringify(ended.at('data.timeline'))
  for (const words of ['the case was opened', 'Retry 2 is planned for 2027-03-03', 'given up'])
    assert.ok(told.includes(words), words)
  const refused = await world.api.call('POST', `/recovery/cases/${ended.text('data.id')}/retry`)
  assert.deepEqual([refused.status, refused.at('error.code')], [409, 'conflict'])
})

scenario(
  'where the set-up of the merchant is at fault nothing is tried again until somebody has put it right',
  async (world) => {
    await world.api.patch('/account', LADDER)
    const ada = await world.subscribe({ on: '2027-01-31' })
    await ada.replaceCard(card.declinesUntil('2027-03-02', 'service_not_allowed'))
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    const waiting = await theCase(world)
    const [decision] = waiting.at('data.decisions') as { guard: object; reasons: string[] }[]
    assert.partialDeepStrictEqual(decision?.guard, { rule: 'retry_set_up', until: null })
    assert.match(decision?.reasons[0] ?? '', /set-up at the gateway has to be put right first/)
    assert.equal(waiting.at('data.waits_for'), 'card')
    await world.goTo('2027-03-04')
    await world.api.post(`/recovery/cases/${waiting.text('data.id')}/retry`)
    await world.expects(RECOVERED)
    assert.equal(await ada.status(), 'active')
  },
)

scenario(
  'a code that leaves one more try in three days gets it on that day, and no other',
  async (world) => {
    await world.api.patch('/account', LADDER)
    const ada = await world.subscribe({ on: '2027-01-31' })
    await ada.replaceCard(card.declines('pin_try_exceeded'))
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    assert.equal((await ada.show()).at('data.dunning.next_retry_at'), '2027-03-03T00:00:00.000Z')
    await world.goTo('2027-03-03', { events: DECLINED_AGAIN })
    assert.equal((await theCase(world)).at('data.waits_for'), 'card')
    await world.goTo('2027-03-06')
    await ada.replaceCard(card.good)
    await world.goTo('2027-03-06', { events: RECOVERED })
  },
)

scenario('a product has days of its own, and a subscription may have others', async (world) => {
  const wrong = await world.api.call('PATCH', '/account', {
    body: { settings: { recovery: { policy: 'fixed', retry_days: [3, 2] } } },
  })
  assert.equal(wrong.at('error.param'), 'settings.recovery.retry_days')
  const product = { recovery: { policy: 'fixed', retry_days: [2, 9] } }
  const refusing = card.declinesAfter(1, 'do_not_honor')
  const ada = await world.subscribe({ who: 'Ada', on: '2027-01-31', card: refusing, product })
  const bob = await world.subscribe({ who: 'Bob', card: refusing, product })
  await bob.change({ recovery: { policy: 'fixed', retry_days: [5] } })
  const shown = await world.api.get(`/subscriptions/${bob.id}/recovery`)
  assert.deepEqual([shown.at('data.chosen_by'), shown.at('data.retry_days')], ['subscription', [5]])

  await world.goTo('2027-02-28', { events: { Ada: DECLINED_RENEWAL, Bob: DECLINED_RENEWAL } })
  assert.equal((await ada.show()).at('data.dunning.total_possible_retries'), 2)
  assert.deepEqual([await retriesMax(ada, world), await retriesMax(bob, world)], [2, 1])
  await world.goTo('2027-03-02', { events: DECLINED_AGAIN.map((type) => `Ada: ${type}`) })
  const last = [...DECLINED_AGAIN, 'subscription.updated']
  await world.goTo('2027-03-05', { events: last.map((type) => `Bob: ${type}`) })
  await world.goTo('2027-03-09', { events: last.map((type) => `Ada: ${type}`) })
})

scenario('a dead card is not tried again, and a new one at once', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.replaceCard(card.declines('stolen_card'))
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  await world.goTo('2027-03-03') // days 1 and 3 pass, and the card is left alone
  const waiting = await theCase(world, '&state=open')
  assert.deepEqual(
    [waiting.at('data.waits_for'), waiting.at('data.next_attempt_at')],
    ['card', null],
  )
  assert.equal((await ada.show()).at('data.dunning.next_retry_at'), null)
  const { source, ...guard } = waiting.at('data.decisions.0.guard') as { source: string }
  assert.deepEqual(guard, { rule: 'visa_category_1', until: null, since: null })
  assert.match(
    source,
    /^Visa: no reattempt of category 1, and a fee for each \(https:.*; 43: https:/,
  )

  await ada.replaceCard(card.good)
  await world.goTo('2027-03-04', { events: RECOVERED.map((type) => `2027-03-03 ${type}`) })
  assert.equal(await ada.status(), 'active')
  assert.equal((await theCase(world)).at('data.state'), 'recovered')
  assert.deepEqual(await world.brokenRules(), [])
})

scenario('a card that nobody replaces is given up when the grace period ends', async (world) => {
  await world.api.patch('/account', { settings: { dunning: { grace_period_days: 10 } } })
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.replaceCard(card.declines('lost_card'))
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  await world.goTo('2027-03-09')
  await world.goTo('2027-03-10', { events: ['subscription.updated'] })
  assert.equal(await ada.status(), 'unpaid')
})

scenario('nobody overrides the networks: not the ladder, not a person', async (world) => {
  await world.api.patch('/account', LADDER)
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.replaceCard('tok_advice_27') // try again after four days
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  const open = await theCase(world)
  assert.equal(open.at('data.decisions.0.guard.rule'), 'advised_delay')
  assert.match(open.text('data.decisions.0.guard.source'), /^https:.*mastercard/)
  const path = `/recovery/cases/${open.text('data.id')}`
  const refused = await world.api.call('POST', `${path}/retry`)
  assert.deepEqual([refused.status, refused.at('error.code')], [402, 'attempt_forbidden'])
  assert.equal(refused.at('error.details.rule'), 'advised_delay')
  assert.equal(refused.at('error.details.allowed_at'), '2027-03-04T00:00:00.000Z')
  await world.goTo('2027-03-03') // days 1 and 3 are passed over
  await world.goTo('2027-03-04', { events: DECLINED_AGAIN })

  await world.api.post(`${path}/cancel`)
  await world.expects(['subscription.updated'])
  assert.equal(await ada.status(), 'unpaid')
  assert.equal((await theCase(world)).at('data.state'), 'canceled')
  assert.deepEqual(await world.brokenRules(), [])
})

scenario('a person may try in between, which leaves the schedule as it is', async (world) => {
  await world.api.patch('/account', LADDER)
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.replaceCard(card.declinesUntil('2027-03-02', 'insufficient_funds'))
  await world.goTo('2027-02-28 12:00', { events: DECLINED_RENEWAL })
  const id = (await theCase(world)).text('data.id')
  await world.api.post(`/recovery/cases/${id}/retry`)
  await world.expects(DECLINED_AGAIN)
  assert.equal((await theCase(world)).at('data.retries_made'), 0)
  await world.goTo('2027-03-02', { events: DECLINED_AGAIN }) // day 1, as before
  const paid = await world.api.post(`/recovery/cases/${id}/retry`)
  await world.expects(RECOVERED)
  assert.equal(paid.at('data.state'), 'recovered')
  assert.equal(await ada.status(), 'active')
})

scenario(
  'with a horizon of its own the planner waits for a payday that it has learned',
  async (world) => {
    const recovery = { policy: 'planner', horizon_days: 28, max_attempts: 8 }
    await world.api.patch('/account', { settings: { recovery } })
    const ada = await world.subscribe({ on: '2027-01-20' })
    await ada.replaceCard(card.declinesUntil('2027-02-28', 'insufficient_funds'))
    await seenPaidOnThe28th(world)
    await world.goTo('2027-02-20', { events: DECLINED_RENEWAL })
    const open = await theCase(world)
    assert.match(open.text('data.next_attempt_at'), /^2027-(02-28|03-0[1-3])T/)
    assert.match(JSON.stringify(open.at('data.decisions.0.reasons')), /day 28 of the month/)
    assert.ok(Number(open.at('data.decisions.0.chance')) > 0.5)
    assert.notEqual(open.at('data.decisions.0.runner_up'), null)
    assert.match(
      JSON.stringify(open.at('data.timeline')),
      /; second best: \d+ of 100 on \S+ at \w+, worth \S+ % of the bill against \S+ %: its chance is smaller/,
    )
    assert.equal(open.at('data.decisions.0.is_exploring'), false)
    await world.goTo('2027-03-04', { events: RECOVERED }) // one try, and none before
  },
)

scenario('of two gateways that have the card, the planner leaves the dear one', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-20' })
  const token = card.declinesUntil('2027-02-21', 'insufficient_funds')
  await ada.replaceCard(token)
  const [amber, birch] = await gatewaysInOrder(world)
  const methods = await world.api.get(`/payment-methods?customer_id=${ada.customer.id}`)
  const tokens = `/payment-methods/${methods.text('data.0.id')}/tokens`
  assert.equal((await world.api.get(tokens)).at('data.0.gateway'), amber.id)
  await world.api.post(tokens, { gateway: birch.code, token })
  // So dear that it is not tried to learn about it either, which three tries in a hundred are made for.
  const fees = { flat_fee_approved: 15_00, flat_fee_declined: 1_00 }
  await world.api.patch(`/gateways/${amber.id}`, fees)
  await world.expects(['gateway.updated'])
  await world.goTo('2027-02-20', { events: DECLINED_RENEWAL })
  const open = await theCase(world)
  assert.equal(open.at('data.decisions.0.gateway'), birch.code)
  assert.match(JSON.stringify(open.at('data.decisions.0.reasons')), /fees taken off, .*: amber/)
})

scenario('the dunning block reads the same under any policy', async (world) => {
  const choices = {
    Ada: { policy: 'ladder' },
    Bob: { policy: 'fixed', retry_days: [4] },
    Cleo: { policy: 'planner', horizon_days: null, max_attempts: null },
    Dan: { policy: 'planner', horizon_days: 28, max_attempts: 8 }, // held to no days
  }
  const refusing = card.declinesAfter(1, 'do_not_honor')
  const behind = new Map<string, Awaited<ReturnType<ScenarioWorld['subscribe']>>>()
  for (const [who, recovery] of Object.entries(choices)) {
    const one = await world.subscribe({ who, on: '2027-01-31', card: refusing })
    await one.change({ recovery })
    behind.set(who, one)
  }
  const failed = Object.keys(choices).map((who) => [who, DECLINED_RENEWAL])
  await world.goTo('2027-02-28', { events: Object.fromEntries(failed) })
  for (const [who, one] of behind) {
    const open = await theCase(world, `&subscription_id=${one.id}`)
    assert.deepEqual((await one.show()).at('data.dunning'), {
      is_in_dunning: true,
      phase: 1,
      phase_label: 'Payment failed',
      phase_severity: 'info',
      retry_count: 0,
      total_possible_retries: { Ada: 3, Bob: 1, Cleo: 3, Dan: 8 }[who],
      next_retry_at: open.text('data.next_attempt_at'),
      days_in_dunning: 0,
      access_restricted: false,
    })
  }
})

/** Retries at most, as the latest attempt on the subscription tells. */
async function retriesMax({ id }: { readonly id: string }, world: ScenarioWorld): Promise<unknown> {
  return (await world.api.get(`/payment-attempts/subscription/${id}`)).at(
    'data.0.max_retry_attempts',
  )
}

/** Two months of charges on such cards, as the planner would have learned them: short from the 4th on, paid on the 28th. */
async function seenPaidOnThe28th(world: ScenarioWorld): Promise<void> {
  const { house, accountId } = world
  const { kysely } = house.database
  const now = parseInstant(`${await world.today()}T00:00:00Z`) ?? assert.fail('a day')
  const method = await kysely
    .selectFrom('payment_methods')
    .select(['card_bin', 'card_country'])
    .where('account_id', '=', accountId)
    .where('is_default', '=', true)
    .executeTakeFirstOrThrow()
  const evidence = emptyEvidence()
  const bin = method.card_bin?.slice(0, 6) ?? null
  for (let hours = 24 * 60; hours > 0; hours -= 1) {
    const at = addMs(now, -hours * MS_PER_HOUR)
    const day = new Date(at).getUTCDate()
    const isShort = day >= 4 && day < 28
    for (let number = 0; number < 4; number += 1) {
      const traits = { bin, country: method.card_country, zone: UTC }
      const failed = number === 0 && isShort ? ('funds' as const) : null
      const seen = { traits, gateway: 'any', at, failed, isFirst: true }
      learn(evidence, { ...seen, shortAt: null, refusedAt: null })
    }
  }
  const segments = [...evidence.segments.values()].map(packSegment)
  for (const segment of segments)
    await kysely
      .insertInto('recovery_evidence')
      .values({
        account_id: accountId,
        segment: segment.key,
        body: JSON.parse(JSON.stringify(segment)),
        attempts: BigInt(segment.attempts),
        seen_at: now,
      })
      .execute()
  await kysely
    .insertInto('recovery_learning')
    .values({
      account_id: accountId,
      learned_to: accountId, // older than any charge
      attempts: BigInt(evidence.attempts),
      version: 1n,
      learned_at: now,
    })
    .execute()
}
