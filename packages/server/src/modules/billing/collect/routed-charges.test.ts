import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeId, isUuid, type IdKind, type Uuid } from '@perennial/core/ids'
import { parseInstant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { runRenewals } from '../run/renewal-run.ts'
import type { StepName } from '../scope.ts'
import { loadScope } from '../load/load-scope.ts'

let shop: BillingShop
type Code = 'amber' | 'birch'
const gateways: Record<Code, string> = { amber: '', birch: '' }
before(async () => {
  shop = await startBillingShop()
  const listed = await shop.request('GET', '/gateways')
  for (const index of [0, 1]) {
    const code = listed.text(`data.${index}.code`)
    assert.ok(code === 'amber' || code === 'birch')
    gateways[code] = listed.text(`data.${index}.id`)
  }
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const patch = (path: string, body: object) => shop.request('PATCH', path, { body })
const entry = (code: Code) => ({ kind: 'gateway', gateway_id: gateways[code] })
const cascade = (...codes: Code[]) => ({ kind: 'cascade', entries: codes.map(entry) })

function uuidOf(kind: IdKind, id: string): Uuid {
  const decoded = decodeId(kind, id)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

let made = 0
async function createProfile(definition: object): Promise<string> {
  const name = `profile ${(made += 1)}`
  const created = await post('/payment-profiles', { name, definition })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return created.text('data.id')
}

/** Gives a method, whose own token is amber's, one at birch. */
async function addToken(methodId: Uuid, token: string): Promise<void> {
  await shop.database.tx((tx) =>
    tx
      .insertInto('payment_method_tokens')
      .values({
        account_id: shop.account.sandbox.accountId,
        payment_method_id: methodId,
        gateway_id: uuidOf('gateway', gateways.birch),
        token,
      })
      .execute(),
  )
}

/** A subscriber who has paid the first period at amber, with a token at both gateways. */
async function subscribe(tokens: Record<Code, string>, routing: object): Promise<string> {
  const customerId = await shop.createCustomer()
  const methodId = uuidOf('payment_method', await shop.attach(customerId, tokens.amber))
  await addToken(methodId, tokens.birch)
  const body = { customerId, productId: await shop.createPlan(4_000) }
  const created = await post('/subscriptions', body)
  assert.equal(created.at('data.status'), 'active', JSON.stringify(created.body))
  const id = created.text('data.id')
  const changed = await patch(`/subscriptions/${id}/routing`, routing)
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  return id
}

/** Approved once, at the start, then refused. */
const LATER_NO = 'tok_decline_after_1_do_not_honor'
const NO = 'tok_decline_do_not_honor'
const STOLEN_LATER = 'tok_decline_after_1_stolen_card'
const YES = 'tok_visa'

/** Goes to the next renewal and tells what the invoice's charges were: `amber declined 4000`. */
async function renew(id: string): Promise<{ readonly way: string[]; readonly invoiceId: string }> {
  const shown = await shop.request('GET', `/subscriptions/${id}`)
  const advanced = await post('/test-clock/advance', { to: shown.text('data.current_period_end') })
  assert.equal(advanced.at('data.work.parked'), 0, JSON.stringify(advanced.body))
  const invoiceId = (await shop.request('GET', `/subscriptions/${id}`)).text(
    'data.latest_invoice_id',
  )
  return { way: await wayOf(invoiceId), invoiceId }
}

async function wayOf(invoiceId: string): Promise<string[]> {
  const uuid = isUuid(invoiceId) ? invoiceId : uuidOf('invoice', invoiceId)
  const rows = await shop.database.kysely
    .selectFrom('payment_attempts as a')
    .innerJoin('gateways as g', 'g.id', 'a.gateway_id')
    .select(['g.code', 'a.state', 'a.amount_minor'])
    .where('a.invoice_id', '=', uuid)
    .orderBy('a.id')
    .execute()
  return rows.map((row) => `${row.code} ${row.state} ${row.amount_minor}`)
}

let lastEventId: Uuid | null = null
/** What was told of this subscription, and of nothing else, since the last call. */
async function newEventsOf(id: string): Promise<string[]> {
  const rows = await shop.database.kysely
    .selectFrom('events')
    .select(['id', 'type'])
    .where('subscription_id', '=', uuidOf('subscription', id))
    .$if(lastEventId !== null, (query) => query.where('id', '>', lastEventId))
    .orderBy('id')
    .execute()
  lastEventId = rows.at(-1)?.id ?? lastEventId
  return rows.map(({ type }) => type)
}

async function statusOf(id: string): Promise<unknown> {
  return (await shop.request('GET', `/subscriptions/${id}`)).at('data.status')
}

describe('a renewal along a payment profile', () => {
  test('a cap holds while many are charged at the same moment', async () => {
    const usage = [{ metric: 'attempt_count', period: 'month', max: 3 }]
    const capped = { ...entry('birch'), rules: { usage } }
    const profile = await createProfile({ kind: 'cascade', entries: [capped, entry('amber')] })
    const settings = { default_payment_profile_id: profile }
    assert.equal((await patch('/account', { settings })).status, 200)
    const before = await countAt('birch')
    const invoices: string[] = []
    for (let number = 0; number < 8; number += 1) {
      const customer = await shop.createCustomer()
      await addToken(uuidOf('payment_method', await shop.attach(customer, 'tok_visa')), 'tok_visa')
      const drafted = await post('/invoices', {
        customer_uuid: customer,
        total_minor: 100 + number,
      })
      invoices.push(drafted.text('data.id'))
      await post(`/invoices/${drafted.text('data.id')}/finalize`)
    }
    const paid = await Promise.all(invoices.map((id) => post(`/invoices/${id}/pay`)))
    assert.deepEqual(new Set(paid.map(({ status }) => status)), new Set([200]))
    assert.equal((await countAt('birch')) - before, Math.max(0, 3 - before))
    await patch('/account', { settings: { default_payment_profile_id: null } })
  })

  async function countAt(code: Code): Promise<number> {
    const { count } = await shop.database.kysely
      .selectFrom('payment_attempts')
      .select((row) => row.fn.countAll<bigint>().as('count'))
      .where('gateway_id', '=', uuidOf('gateway', gateways[code]))
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  test('goes on at the second gateway when the first declines, and is paid', async () => {
    const profile = await createProfile(cascade('amber', 'birch'))
    const id = await subscribe({ amber: LATER_NO, birch: YES }, { payment_profile_id: profile })
    await newEventsOf(id)
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, ['amber declined 4000', 'birch succeeded 4000'])
    assert.deepEqual(await newEventsOf(id), [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
    ])
    assert.equal(await statusOf(id), 'active')

    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    assert.deepEqual(
      [0, 1].map((index) => routing.at(`data.${index}.gateway_id`)),
      [gateways.amber, gateways.birch],
    )
    const attemptId = routing.text('data.1.attempt_id')
    const decision = await shop.request('GET', `/payment-attempts/${attemptId}/routing`)
    assert.deepEqual(decision.at('data'), routing.at('data.1'))
    assert.equal(
      decision.at('data.reasons.0.text'),
      'amber is refused: it has declined this charge.',
    )
    const sale = await shop.database.kysely
      .selectFrom('transactions')
      .select('id')
      .where('attempt_id', '=', uuidOf('payment_attempt', attemptId))
      .executeTakeFirstOrThrow()
    const payment = await shop.request('GET', `/payments/${sale.id}/routing`)
    assert.deepEqual(payment.at('data'), decision.at('data'))
    const segments = await shop.request('GET', `/subscriptions/${id}/routing`)
    assert.equal(segments.at('data.last_success_gateway_id'), gateways.birch)
  })

  test('counts as failed once, when the last gateway has declined, and is retried from the start', async () => {
    const profile = await createProfile(cascade('amber', 'birch'))
    const id = await subscribe({ amber: LATER_NO, birch: NO }, { payment_profile_id: profile })
    await newEventsOf(id)
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, ['amber declined 4000', 'birch declined 4000'])
    assert.deepEqual(await newEventsOf(id), [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.past_due',
    ])
    await post('/test-clock/advance', { days: 1 })
    assert.deepEqual(await newEventsOf(id), [
      'payment.failed',
      'payment.failed',
      'invoice.payment_failed',
    ])
    assert.equal((await wayOf(invoiceId)).length, 4)
    await post(`/subscriptions/${id}/cancel`, { mode: 'immediately' })
  })

  test('stops everything at a stolen card', async () => {
    const profile = await createProfile(cascade('amber', 'birch'))
    const id = await subscribe({ amber: STOLEN_LATER, birch: YES }, { payment_profile_id: profile })
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, ['amber declined 4000'])
    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    assert.equal(routing.at('data.1.stop_code'), 'hard_decline')
    await post(`/subscriptions/${id}/cancel`, { mode: 'immediately' })
  })

  test('that captures half leaves the rest open in a recovery case', async () => {
    const profile = await createProfile({
      kind: 'basic',
      steps: [
        { source: 'gateway', entries: [entry('amber')] },
        {
          source: 'gateway',
          entries: [entry('birch')],
          amount: { kind: 'percent', percent: 50 },
        },
      ],
    })
    const id = await subscribe({ amber: LATER_NO, birch: YES }, { payment_profile_id: profile })
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, ['amber declined 4000', 'birch succeeded 2000'])
    const invoice = await shop.request('GET', `/invoices/${invoiceId}`)
    assert.deepEqual(
      [invoice.at('data.status'), invoice.at('data.amount_due_minor')],
      ['partially_paid', 2000],
    )
    assert.equal(await statusOf(id), 'past_due')
    // The retry begins anew: amber declines the rest, birch takes half of it.
    await post('/test-clock/advance', { days: 1 })
    assert.deepEqual((await wayOf(invoiceId)).slice(2), [
      'amber declined 2000',
      'birch succeeded 1000',
    ])
    await post(`/subscriptions/${id}/cancel`, { mode: 'immediately' })
  })

  test('asks the gateway of the last success first', async () => {
    const profile = await createProfile({
      kind: 'basic',
      prefers_last_success: true,
      steps: [{ source: 'cascade', entries: [entry('birch'), entry('amber')] }],
    })
    const id = await subscribe({ amber: YES, birch: YES }, { payment_profile_id: profile })
    // It started at amber, without a profile.
    assert.deepEqual((await renew(id)).way, ['amber succeeded 4000'])
  })

  test('follows the branch of its request type in a flow', async () => {
    const profile = await createProfile({
      kind: 'flow',
      nodes: [
        { id: 's', type: 'start_payment_request', outputs: { next: 'f' } },
        {
          id: 'f',
          type: 'filter_request_type',
          request_types: ['initial_sale'],
          outputs: { passed: 'a', failed: 'b' },
        },
        { id: 'a', type: 'action_choose_gateway', pick: 'sort_order', entries: [entry('amber')], outputs: { next: 'pa' } },
        { id: 'pa', type: 'action_process_payment' },
        { id: 'b', type: 'action_choose_gateway', pick: 'sort_order', entries: [entry('birch')], outputs: { next: 'fn' } },
        { id: 'fn', type: 'action_call_function', function_name: 'tell the warehouse', outputs: { next: 'pb' } },
        { id: 'pb', type: 'action_process_payment' },
      ],
    }) // prettier-ignore
    await patch('/account', { settings: { default_payment_profile_id: profile } })
    const id = await subscribe({ amber: YES, birch: YES }, {})
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, ['birch succeeded 4000'])
    const called = await shop.database.kysely
      .selectFrom('events')
      .select('data')
      .where('type', '=', 'payment_profile.function_called')
      .where('invoice_id', '=', isUuid(invoiceId) ? invoiceId : uuidOf('invoice', invoiceId))
      .execute()
    assert.equal(called.length, 1)
    assert.partialDeepStrictEqual(called[0]?.data, {
      function_name: 'tell the warehouse',
      node: 'fn',
      gateway_id: gateways.birch,
    })
    await patch('/account', { settings: { default_payment_profile_id: null } })
  })

  test('counts the first charges of a subscription in a flow as the one request they are', async () => {
    const profile = await createProfile({
      kind: 'flow',
      nodes: [
        { id: 's', type: 'start_payment_request', outputs: { next: 'a' } },
        { id: 'a', type: 'action_choose_gateway', pick: 'sort_order', entries: [entry('amber')], outputs: { next: 'pa' } },
        { id: 'pa', type: 'action_process_payment', outputs: { declined: 'n' } },
        { id: 'n', type: 'filter_attempt_count', operator: 'at_most', count: 3, outputs: { passed: 'b' } },
        { id: 'b', type: 'action_choose_gateway', pick: 'sort_order', entries: [entry('birch')], outputs: { next: 'pb' } },
        { id: 'pb', type: 'action_process_payment' },
      ],
    }) // prettier-ignore
    const customerId = await shop.createCustomer()
    await addToken(uuidOf('payment_method', await shop.attach(customerId, NO)), YES)
    const body = {
      customerId,
      productId: await shop.createPlan(4_000),
      payment_profile_id: profile,
    }
    const created = await post('/subscriptions', body)
    assert.equal(created.at('data.status'), 'active', JSON.stringify(created.body))
    assert.deepEqual(await wayOf(created.text('data.latest_invoice_id')), [
      'amber declined 4000',
      'birch succeeded 4000',
    ])
  })

  test('keeps cards of other BINs away, and counts what came of those it let in', async () => {
    const bins = await post('/bin-profiles', { name: 'Others', bins: ['555555', '42424200-98'] })
    const rules = { bin_profile_ids: [bins.at('data.id')] }
    const entries = [{ ...entry('amber'), rules }, entry('birch')]
    const profile = await createProfile({ kind: 'cascade', entries })
    const id = await subscribe({ amber: YES, birch: YES }, { payment_profile_id: profile })
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, ['birch succeeded 4000'])
    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    assert.equal(
      routing.at('data.0.reasons.1.text'),
      'amber is refused: BIN 424242 is in none of its BIN profiles.',
    )
    const learned = await shop.database.kysely
      .selectFrom('bin_results')
      .select(['gateway_id', 'approved', 'attempts'])
      .where('bin', '=', '424242')
      .where('gateway_id', '=', uuidOf('gateway', gateways.birch))
      .execute()
    assert.ok(learned.some(({ approved, attempts }) => approved > 0 && attempts >= approved))
  })

  test('takes turns in a round robin', async () => {
    const group = await post('/gateway-groups', {
      name: 'Turns',
      choice: 'round_robin',
      gateway_ids: [gateways.amber, gateways.birch],
    })
    const entries = [{ kind: 'group', group_id: group.at('data.id') }]
    const profile = await createProfile({ kind: 'cascade', entries: [entry('amber')] })
    const turns = await createProfile({
      kind: 'basic',
      steps: [{ source: 'cascade', entries }],
    })
    const id = await subscribe({ amber: YES, birch: YES }, { payment_profile_id: profile })
    await patch(`/subscriptions/${id}/routing`, { payment_profile_id: turns })
    const ways = []
    for (let index = 0; index < 4; index += 1) ways.push(...(await renew(id)).way)
    assert.deepEqual(
      ways.map((way) => way.split(' ', 1)[0]),
      ['amber', 'birch', 'amber', 'birch'],
    )
  })
})

describe('what a subscription says about its gateway', () => {
  test('forced: no other gateway is tried, even after a decline', async () => {
    const id = await subscribe(
      { amber: YES, birch: NO },
      { forced_gateway_id: gateways.birch, preferred_gateway_id: gateways.amber },
    )
    assert.deepEqual((await renew(id)).way, ['birch declined 4000'])
    await post(`/subscriptions/${id}/cancel`, { mode: 'immediately' })
  })

  test('said at its start, it holds for the first charge too', async () => {
    const customerId = await shop.createCustomer()
    const method = await shop.attach(customerId, NO)
    await addToken(uuidOf('payment_method', method), YES)
    const productId = await shop.createPlan(4_000)
    const body = { customerId, productId, forced_gateway_id: gateways.birch }
    const created = await post('/subscriptions', body)
    assert.equal(created.at('data.status'), 'active', JSON.stringify(created.body))
    const id = created.text('data.id')
    const shown = await shop.request('GET', `/subscriptions/${id}/routing`)
    assert.equal(shown.at('data.forced_gateway_id'), gateways.birch)
    assert.deepEqual((await renew(id)).way, ['birch succeeded 4000'])
    const unknown = { ...body, forced_gateway_id: null, payment_profile_id: gateways.amber }
    assert.equal((await post('/subscriptions', unknown)).status, 400)
  })

  test('forced to a disabled gateway: no attempt, and the renewal fails for that reason', async () => {
    const id = await subscribe({ amber: YES, birch: YES }, { forced_gateway_id: gateways.birch })
    await post(`/gateways/${gateways.birch}/disable`)
    await newEventsOf(id)
    const { way, invoiceId } = await renew(id)
    assert.deepEqual(way, [])
    assert.deepEqual(await newEventsOf(id), [
      'invoice.created',
      'invoice.finalized',
      'invoice.payment_failed',
      'subscription.past_due',
    ])
    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    assert.equal(routing.at('data.0.stop_code'), 'forced_gateway_unavailable')
    const cases = await shop.database.kysely
      .selectFrom('recovery_cases')
      .select('first_decline_code')
      .where('invoice_id', '=', uuidOf('invoice', invoiceId))
      .execute()
    assert.deepEqual(cases, [{ first_decline_code: 'forced_gateway_unavailable' }])
    const paid = await post(`/invoices/${invoiceId}/pay`)
    assert.deepEqual([paid.status, paid.at('error.code')], [400, 'invalid_request'])

    await post(`/gateways/${gateways.birch}/enable`)
    await post('/test-clock/advance', { days: 1 })
    assert.deepEqual(await wayOf(invoiceId), ['birch succeeded 4000'])
    assert.equal(await statusOf(id), 'active')
  })

  test('preferred: it goes first, then the profile goes on without it', async () => {
    const profile = await createProfile(cascade('birch', 'amber'))
    const id = await subscribe(
      { amber: YES, birch: NO },
      { preferred_gateway_id: gateways.birch, payment_profile_id: profile },
    )
    assert.deepEqual((await renew(id)).way, ['birch declined 4000', 'amber succeeded 4000'])
    // Changing the subscription itself takes the same fields.
    await patch(`/subscriptions/${id}`, { preferred_gateway_id: null, payment_profile_id: null })
    assert.equal((await newEventsOf(id)).at(-1), 'subscription.routing_changed')
    const unknown = { forced_gateway_id: 'gw_01mcc5rm00eb2bqb3jhvrd78ht' }
    const refused = await patch(`/subscriptions/${id}`, unknown)
    assert.deepEqual([refused.status, refused.at('error.param')], [404, 'forced_gateway_id'])
    assert.deepEqual((await renew(id)).way, ['amber succeeded 4000'])
  })

  test('what a simulation tells is what then happens', async () => {
    const profile = await createProfile(cascade('birch', 'amber'))
    const id = await subscribe({ amber: YES, birch: NO }, { payment_profile_id: profile })
    const simulated = await post(`/payment-profiles/${profile}/simulate`, {
      charge: {
        amount: 4000,
        currency: 'USD',
        subscription_id: id,
        outcomes: [{ kind: 'declined', code: 'do_not_honor' }, { kind: 'approved' }],
      },
    })
    assert.equal(simulated.status, 200, JSON.stringify(simulated.body))
    const { invoiceId } = await renew(id)
    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    for (const index of [0, 1])
      assert.deepEqual(
        routing.at(`data.${index}.reasons`),
        simulated.at(`data.steps.${index}.reasons`),
      )
  })
})

describe('a charge without a subscription', () => {
  /** A customer with a token at both gateways. */
  async function customerWith(tokens: Record<Code, string>) {
    const customerId = await shop.createCustomer()
    const method = await shop.attach(customerId, tokens.amber)
    await addToken(uuidOf('payment_method', method), tokens.birch)
    return { customerId, method }
  }
  const useDefault = async (definition: object | null) => {
    const id = definition === null ? null : await createProfile(definition)
    const changed = await patch('/account', { settings: { default_payment_profile_id: id } })
    assert.equal(changed.status, 200)
  }

  test('of an intent goes on at the next gateway, and the intent succeeds', async () => {
    await useDefault(cascade('amber', 'birch'))
    const { customerId, method } = await customerWith({ amber: NO, birch: YES })
    const body = { amount: 1500, customer: customerId, payment_method: method }
    const id = (await post('/payment-intents', body)).text('id')
    const confirmed = await post(`/payment-intents/${id}/confirm`)
    assert.equal(confirmed.at('status'), 'succeeded', JSON.stringify(confirmed.body))
    const rows = await shop.database.kysely
      .selectFrom('payment_attempts as a')
      .innerJoin('gateways as g', 'g.id', 'a.gateway_id')
      .select(['g.code', 'a.state'])
      .where('a.payment_intent_id', '=', isUuid(id) ? id : uuidOf('payment_intent', id))
      .orderBy('a.id')
      .execute()
    assert.deepEqual(
      rows.map((row) => `${row.code} ${row.state}`),
      ['amber declined', 'birch succeeded'],
    )
    await useDefault(null)
  })

  test('of an invoice goes on likewise, and paying it answers with the last charge', async () => {
    await useDefault(cascade('amber', 'birch'))
    const { customerId } = await customerWith({ amber: NO, birch: YES })
    const draft = await post('/invoices', { customer_uuid: customerId, total_minor: 700 })
    const invoiceId = draft.text('data.id')
    await post(`/invoices/${invoiceId}/finalize`)
    const paid = await post(`/invoices/${invoiceId}/pay`)
    assert.equal(paid.at('data.status'), 'paid', JSON.stringify(paid.body))
    assert.deepEqual(await wayOf(invoiceId), ['amber declined 700', 'birch succeeded 700'])
    await useDefault(null)
  })

  test('that a flow ends in words of its own is refused, or declined, in them', async () => {
    const entries = [entry('amber')]
    const says = (id: string, message: string) => ({ id, type: 'action_return_error', message })
    await useDefault({
      kind: 'flow',
      nodes: [
        { id: 's', type: 'start_payment_request', outputs: { next: 'f' } },
        { id: 'f', type: 'filter_amount', min_amount_minor: 9000, outputs: { passed: 'x', failed: 'a' } },
        says('x', 'That is above what we take.'),
        { id: 'a', type: 'action_choose_gateway', pick: 'sort_order', entries, outputs: { next: 'p' } },
        { id: 'p', type: 'action_process_payment', outputs: { declined: 'y' } },
        says('y', 'Please call us.'),
      ],
    }) // prettier-ignore
    const { customerId, method } = await customerWith({ amber: NO, birch: YES })
    const pay = async (total_minor: number) => {
      const draft = await post('/invoices', { customer_uuid: customerId, total_minor })
      await post(`/invoices/${draft.text('data.id')}/finalize`)
      const paid = await post(`/invoices/${draft.text('data.id')}/pay`)
      return [paid.status, paid.at('error.message'), paid.at('error.decline_code')]
    }
    assert.deepEqual(await pay(9000), [400, 'That is above what we take.', undefined])
    assert.deepEqual(await pay(700), [402, 'Please call us.', 'do_not_honor'])
    const confirm = async (amount: number) => {
      const body = { amount, customer: customerId, payment_method: method }
      return post(`/payment-intents/${(await post('/payment-intents', body)).text('id')}/confirm`)
    }
    assert.equal((await confirm(9000)).at('error.message'), 'That is above what we take.')
    assert.equal((await confirm(700)).at('last_payment_error.message'), 'Please call us.')
    await useDefault(null)
  })

  test('of a part that was asked for keeps its decision, and no other gateway follows', async () => {
    await useDefault(cascade('amber', 'birch'))
    const { customerId } = await customerWith({ amber: NO, birch: YES })
    const draft = await post('/invoices', { customer_uuid: customerId, total_minor: 700 })
    const invoiceId = draft.text('data.id')
    await post(`/invoices/${invoiceId}/finalize`)
    assert.equal((await post(`/invoices/${invoiceId}/pay`, { amount_minor: 300 })).status, 402)
    assert.deepEqual(await wayOf(invoiceId), ['amber declined 300'])
    const { data } = Object(
      (await shop.request('GET', `/invoices/${invoiceId}/routing`)).body,
    ) as Record<string, unknown[]>
    assert.equal(data?.length, 1)
    assert.partialDeepStrictEqual(data?.[0], { gateway_id: gateways.amber, stop_code: null })
    assert.notEqual(Object(data?.[0]).payment_profile_id, null)
    await useDefault(null)
  })

  test('where nothing was set up, what can still be told is told', async () => {
    const { customerId, method } = await customerWith({ amber: YES, birch: YES })
    const draft = await post('/invoices', { customer_uuid: customerId, total_minor: 700 })
    const invoiceId = draft.text('data.id')
    await post(`/invoices/${invoiceId}/finalize`)
    await post(`/invoices/${invoiceId}/pay`)
    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    const decision = routing.at('data.0')
    assert.partialDeepStrictEqual(decision, {
      kind: 'charge',
      gateway_id: gateways.amber,
      payment_profile_id: null,
    })
    const texts = [0, 1].map((index) => routing.at(`data.0.reasons.${index}.text`))
    assert.match(String(texts[0]), /had a say in this charge/)
    assert.equal(routing.at('data.0.reasons.2.text') ?? texts[1], 'Not needed: birch.')
    const attemptId = routing.text('data.0.attempt_id')
    const ofAttempt = await shop.request('GET', `/payment-attempts/${attemptId}/routing`)
    assert.deepEqual(ofAttempt.at('data'), decision)
    const sale = await shop.request('GET', `/transactions?type=sale&customer_id=${customerId}`)
    const ofPayment = await shop.request('GET', `/payments/${sale.text('data.0.id')}/routing`)
    assert.deepEqual(ofPayment.at('data'), decision)

    const held = {
      amount: 900,
      customer: customerId,
      payment_method: method,
      capture_method: 'manual',
    }
    const intent = (await post('/payment-intents', held)).text('id')
    await post(`/payment-intents/${intent}/confirm`)
    const whileHeld = await shop.request('GET', `/payments/${intent}/routing`)
    assert.deepEqual(whileHeld.at('data.gateway_id'), gateways.amber)
    const authorised = whileHeld.text('data.attempt_id')
    const byAttempt = await shop.request('GET', `/payments/${authorised}/routing`)
    assert.deepEqual(byAttempt.body, whileHeld.body)
    await post(`/payment-intents/${intent}/capture`)
    const sales = await shop.request('GET', `/transactions?type=sale&customer_id=${customerId}`)
    const captured = await shop.request('GET', `/payments/${sales.text('data.0.id')}/routing`)
    assert.equal(captured.at('data.reasons.0.text'), 'amber is chosen as it holds the money.')
  })

  const BY_ITSELF = 'No payment profile, gateway of a subscription or cap had a say in this charge.'
  async function draftFor(customerId: string): Promise<string> {
    const draft = await post('/invoices', { customer_uuid: customerId, total_minor: 700 })
    const invoiceId = draft.text('data.id')
    await post(`/invoices/${invoiceId}/finalize`)
    return invoiceId
  }
  async function reasonsOf(invoiceId: string): Promise<string[]> {
    const routing = await shop.request('GET', `/invoices/${invoiceId}/routing`)
    const data = routing.at('data') as { readonly reasons: readonly { readonly text: string }[] }[]
    assert.equal(data.length, 1)
    return data.flatMap(({ reasons }) => reasons.map(({ text }) => text))
  }

  test('that nothing was set up for tells which gateway was disabled then, whatever comes later', async () => {
    const { customerId } = await customerWith({ amber: YES, birch: YES })
    const invoiceId = await draftFor(customerId)
    assert.equal((await post(`/gateways/${gateways.amber}/disable`)).status, 200)
    await post(`/invoices/${invoiceId}/pay`)
    await post(`/gateways/${gateways.amber}/enable`)
    assert.deepEqual(await wayOf(invoiceId), ['birch succeeded 700'])
    assert.deepEqual(await reasonsOf(invoiceId), [
      BY_ITSELF,
      'amber is refused: it is disabled.',
      'birch is chosen as the only gateway that could take it then.',
    ])
  })

  test('that had one way alone stores nothing, and a token that comes later changes nothing', async () => {
    const customerId = await shop.createCustomer()
    const method = await shop.attach(customerId, YES)
    const invoiceId = await draftFor(customerId)
    const before = await shop.count('routing_decisions')
    await post(`/invoices/${invoiceId}/pay`)
    const told = [BY_ITSELF, 'amber is chosen as the only gateway that could take it then.']
    assert.deepEqual(await reasonsOf(invoiceId), told)
    assert.equal(await shop.count('routing_decisions'), before)
    await addToken(uuidOf('payment_method', method), YES)
    assert.deepEqual(await reasonsOf(invoiceId), told)

    const next = await draftFor(customerId)
    await post(`/invoices/${next}/pay`)
    const chosen = [BY_ITSELF, 'amber is chosen by account order.', 'Not needed: birch.']
    assert.deepEqual(await reasonsOf(next), chosen)
    assert.equal(await shop.count('routing_decisions'), before + 1)
  })

  test('that nothing was set up for goes nowhere else when it is declined', async () => {
    const { customerId } = await customerWith({ amber: NO, birch: YES })
    const invoiceId = await draftFor(customerId)
    await post(`/invoices/${invoiceId}/pay`)
    assert.deepEqual(await wayOf(invoiceId), ['amber declined 700'])
    assert.equal((await reasonsOf(invoiceId))[1], 'amber is chosen by account order.')
  })
})

test('a process that dies between two gateways leaves a charge that is made once', async () => {
  const profile = await createProfile(cascade('amber', 'birch'))
  const id = await subscribe({ amber: LATER_NO, birch: YES }, { payment_profile_id: profile })
  const shown = await shop.request('GET', `/subscriptions/${id}`)
  const until = parseInstant(shown.text('data.current_period_end'))
  assert.ok(until !== null)
  const { accountId } = shop.account.sandbox
  const scope = await loadScope(shop.billing, accountId)
  const window = { until, decideAt: 'until' as const }
  const options = { lanes: 1, startedAt: until }
  const mortal = {
    ...shop.billing,
    onStep: (step: StepName) => {
      if (step === 'settled') throw new Error('the process dies')
    },
  }
  await assert.rejects(runRenewals(mortal, scope, window, options), /dies/)
  const invoiceId = (await shop.request('GET', `/subscriptions/${id}`)).text(
    'data.latest_invoice_id',
  )
  assert.deepEqual(await wayOf(invoiceId), ['amber declined 4000', 'birch sending 4000'])
  shop.clock.advanceMs(60_000) // the lease of whoever died
  await runRenewals(shop.billing, scope, window, options)
  assert.deepEqual(await wayOf(invoiceId), ['amber declined 4000', 'birch succeeded 4000'])
  const sent = (await shop.audit()).filter(({ amount_minor: minor }) => minor === 4000)
  assert.equal(new Set(sent.map((charge) => charge.idempotency_key)).size, sent.length)
})

test('a gateway at its cap gives way, and what came of charges is counted by hour', async () => {
  const [usage] = await shop.database.kysely
    .selectFrom('gateway_usage')
    .select(({ fn }) => [fn.sum('approved').as('approved'), fn.sum('declined').as('declined')])
    .execute()
  const [seen] = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select(({ fn }) => fn.countAll().as('attempts'))
    .where('state', 'in', ['succeeded', 'declined'])
    .where('operation', '<>', 'capture')
    .execute()
  assert.equal(Number(usage?.approved) + Number(usage?.declined), Number(seen?.attempts))

  const id = await subscribe({ amber: YES, birch: YES }, {})
  const globalRules = [{ metric: 'attempt_count', period: 'hour', max: 0 }]
  const capped = await patch(`/gateways/${gateways.amber}`, { global_cascade_rules: globalRules })
  assert.equal(capped.status, 200, JSON.stringify(capped.body))
  assert.deepEqual((await renew(id)).way, ['birch succeeded 4000'])
  await patch(`/gateways/${gateways.amber}`, { global_cascade_rules: [] })
})

test('the network keeps the name that it gave to the first approved charge of a token', async () => {
  const nameOf = async (methodId: Uuid) => {
    const rows = await shop.database.kysely
      .selectFrom('payment_method_tokens')
      .select('network_transaction_id')
      .where('payment_method_id', '=', methodId)
      .where('gateway_id', '=', uuidOf('gateway', gateways.amber))
      .execute()
    return rows[0]?.network_transaction_id ?? null
  }
  const id = await subscribe({ amber: YES, birch: YES }, {})
  const [method] = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select('payment_method_id')
    .where('subscription_id', '=', uuidOf('subscription', id))
    .execute()
  assert.ok(method !== undefined)
  const first = await nameOf(method.payment_method_id)
  assert.match(first ?? '', /^\d+$/)
  await renew(id)
  assert.equal(await nameOf(method.payment_method_id), first)
})
