import assert from 'node:assert/strict'
import {
  CAMPAIGN,
  card,
  charged,
  codeOf,
  DAYS_30,
  declineAt,
  NO,
  OK,
  ourId,
  story,
  type Shop,
} from './shop.ts'

/** A payment profile of one gateway. */
async function onlyAt(shop: Shop, gateway: string): Promise<string> {
  const made = await shop.post('/payment_profiles', {
    name: `Only ${gateway}`,
    steps: [{ source: 'gateway', gateways: [{ user_gateway: gateway }] }],
  })
  return made.text('payment_profile_id')
}

/** A subscription whose renewals begin where it last succeeded, which was at G3. */
async function sellAtG3(shop: Shop) {
  const [, , G3] = shop.gateways
  const subscription_profile = await shop.profile({ name: 'Last', ...DAYS_30, prefer_last_success_gateway: true }) // prettier-ignore
  const product = await shop.product({ name: 'Last', subscription_profile })
  const more = { payment_profile: await onlyAt(shop, G3) }
  const sold = await shop.sell('2031-01-15', { product, more })
  const shown = await shop.get(`/subscriptions/${sold.subscription}`)
  assert.equal(shown.at('last_success_gateway'), G3)
  return sold
}

async function lastTries(shop: Shop, subscription: string): Promise<string> {
  const renewal = (await shop.renewalIds(subscription)).at(-1)
  assert.ok(renewal !== undefined)
  const { [0]: status } = (await shop.renewals(subscription)).at(-1)?.split(' ').toReversed() ?? []
  return `${(await shop.triedAt(renewal)).join(' ')} ${String(status)}`
}

async function segments(shop: Shop, subscription: string, wish: object): Promise<void> {
  const path = `/subscriptions/${ourId('subscription', subscription)}/routing`
  const entries = Object.entries(wish).map(([name, code]) => [name, code === null ? null : ourId('gateway', String(code))]) // prettier-ignore
  await shop.world.api.patch(path, Object.fromEntries(entries))
}

story('48 to 50: a renewal begins where the last one succeeded, if it can', async (shop) => {
  const [, , G3] = shop.gateways
  const { subscription, customer } = await sellAtG3(shop)
  await shop.goTo('2031-02-14') // 48
  assert.equal(await lastTries(shop, subscription), 'G3 paid')

  await declineAt(shop, customer, [G3]) // 50
  await shop.goTo('2031-03-16')
  assert.equal(await lastTries(shop, subscription), 'G3 G2 paid')
})

story('49: a last gateway that is disabled, or used up, gives way', async (shop) => {
  const [, , G3] = shop.gateways
  const path = `/user_gateways/${G3}`
  const one = await sellAtG3(shop)
  await shop.post(path, { enabled: false })
  await shop.goTo('2031-02-14')
  assert.equal(await lastTries(shop, one.subscription), 'G1 paid')

  await shop.post(path, { enabled: true })
  await segments(shop, one.subscription, { forced_gateway_id: G3 })
  await shop.goTo('2031-03-16')
  assert.equal(await lastTries(shop, one.subscription), 'G3 paid')
  await segments(shop, one.subscription, { forced_gateway_id: null })
  await shop.post(path, { global_cascade_rules: [{ metric: 'captured_amount', period: 'day', max: 39.99 }] }) // prettier-ignore
  assert.equal((await shop.get(path)).at('global_cascade_rules.0.max'), 39.99)
  await shop.goTo('2031-04-15')
  assert.equal(await lastTries(shop, one.subscription), 'G1 paid')
})

story('51, 53: a preferred gateway is tried first, and a forced one alone', async (shop) => {
  const [, G2, G3] = shop.gateways
  const { subscription } = await shop.sell('2031-01-15')
  await segments(shop, subscription, { preferred_gateway_id: G2 }) // 51
  await shop.goTo('2031-02-14')
  assert.equal(await lastTries(shop, subscription), 'G2 paid')
  await shop.post(`/user_gateways/${G2}`, { enabled: false })
  await shop.goTo('2031-03-16')
  assert.equal(await lastTries(shop, subscription), 'G1 paid')
  await shop.post(`/user_gateways/${G2}`, { enabled: true })

  await segments(shop, subscription, { forced_gateway_id: G3 }) // 53
  await shop.goTo('2031-04-15')
  assert.equal(await lastTries(shop, subscription), 'G3 paid')
  const shown = await shop.get(`/subscriptions/${subscription}`)
  assert.deepEqual([shown.at('forced_gateway'), shown.at('preferred_gateway')], [G3, G2])
  await segments(shop, subscription, { forced_gateway_id: null, preferred_gateway_id: null })
  await shop.goTo('2031-05-15')
  assert.equal(await lastTries(shop, subscription), 'G1 paid')
})

story('51, 68: who prefers a gateway is found by it, and charged where a bulk edit says then', async (shop) => {
  const [, G2, G3] = shop.gateways
  const sell = async () => (await shop.sell('2031-01-15')).subscription
  const [moved, kept, plain] = [await sell(), await sell(), await sell()]
  await segments(shop, moved, { preferred_gateway_id: G2 })
  await segments(shop, kept, { preferred_gateway_id: G3 })
  const tried = () => Promise.all([moved, kept, plain].map((one) => lastTries(shop, one)))
  await shop.goTo('2031-02-14')
  assert.deepEqual(await tried(), ['G2 paid', 'G3 paid', 'G1 paid'])

  const { api } = shop.world
  const edit = async (preferred: string | null, actions: readonly object[]) => {
    const preferred_gateway_ids = [preferred === null ? null : ourId('gateway', preferred)]
    const body = { filters: { preferred_gateway_ids }, actions }
    const review = await api.post('/subscription-edits', body)
    const review_token = review.text('data.review_token')
    const done = await api.post(`/subscription-edits/${review.text('data.id')}/confirm`, { review_token }) // prettier-ignore
    return done.at('data.counts.changed')
  }
  assert.equal(await edit(G2, [{ type: 'set_preferred_gateway', gateway_id: ourId('gateway', G3) }]), 1) // prettier-ignore
  await shop.goTo('2031-03-16')
  assert.deepEqual(await tried(), ['G3 paid', 'G3 paid', 'G1 paid'])
  assert.equal(await edit(null, [{ type: 'set_preferred_gateway', gateway_id: ourId('gateway', G2) }]), 1) // prettier-ignore
  assert.equal(await edit(G3, [{ type: 'clear_preferred_gateway' }]), 2)
  await shop.goTo('2031-04-15')
  assert.deepEqual(await tried(), ['G1 paid', 'G1 paid', 'G2 paid'])
}) // prettier-ignore

story('52: a forced gateway that declines, or is disabled, is the only one', async (shop) => {
  const [, , G3] = shop.gateways
  const { subscription, customer } = await shop.sell('2031-01-15')
  await segments(shop, subscription, { forced_gateway_id: G3 })
  await declineAt(shop, customer, [G3])
  await shop.goTo('2031-02-14')
  assert.equal(await lastTries(shop, subscription), 'G3 overdue')
  await shop.post(`/user_gateways/${G3}`, { enabled: false })
  await shop.goTo('2031-03-16')
  const renewal = (await shop.renewalIds(subscription)).at(-1)
  const shown = await shop.get(`/subscription_renewals/${String(renewal)}`)
  assert.deepEqual(
    ['status', 'transaction.length', 'reason'].map((name) => shown.at(name)),
    ['overdue', 0, 'forced_gateway_unavailable'],
  )
})

/** A product whose renewals are charged by a group that chooses so. */
story(
  'the credentials of a gateway are changed, and what its processor refuses changes nothing',
  async (shop) => {
    const { api, house, accountId } = shop.world
    const made = await api.post('/gateways', {
      kind: 'stripe',
      name: 'Stripe',
      base_url: `${house.worldUrl}/stripe/cedar`,
      credentials: { secret_key: `sk_test_cedar_${accountId}` },
    })
    const path = `/user_gateways/${codeOf('gateway', made.text('data.id'))}`
    const fields = (value: string) => [{ id: 'secret_key', value }]
    const foreign = { fields: fields('sk_test_cedar_acct_other'), name: 'Another' }
    assert.match(await shop.refuses(400, 'POST', path, foreign), /another account/)
    assert.equal((await shop.get(path)).at('name'), 'Stripe')

    await shop.post(path, { fields: fields(`rk_test_cedar_${accountId}`), name: 'Renewed' })
    assert.equal((await shop.get(path)).at('name'), 'Renewed')
    const shown = await api.get(`/gateways/${made.text('data.id')}`)
    assert.equal(shown.at('data.credentials_version'), 2)
  },
)

async function sellBy(shop: Shop, choice: string, user_gateway: readonly string[]) {
  const group = await shop.post('/gateway_groups', { name: choice, choice, user_gateway })
  const made = await shop.post('/payment_profiles', {
    name: choice,
    steps: [{ source: 'cascade', gateways: [{ gateway_group: group.at('gateway_group_id') }] }],
  })
  const payment_profile = made.at('payment_profile_id')
  const subscription_profile = await shop.profile({ name: choice, ...DAYS_30, payment_profile })
  const product = await shop.product({ name: choice, subscription_profile })
  return shop.sell('2031-01-15', { product })
}

story('54: groups choose in turn, by volume, or from the top', async (shop) => {
  const [G1, G2, G3] = shop.gateways
  const inTurn = await sellBy(shop, 'round_robin', [G1, G2, G3])
  const even = await sellBy(shop, 'evenly_distribute', [G1, G2, G3])
  const sorted = await sellBy(shop, 'sort_order', [G1, G3])
  await shop.post(`/user_gateways/${G1}`, { enabled: false })
  await shop.goTo('2031-02-14')
  assert.equal(await lastTries(shop, sorted.subscription), 'G3 paid')
  await shop.post(`/subscriptions/${sorted.subscription}/cancel`)
  await shop.post(`/user_gateways/${G1}`, { enabled: true })

  await shop.goTo('2031-03-15')
  for (const [gateway, price] of [
    [G1, 210],
    [G2, 200],
    [G3, 230],
  ] as const) {
    // prettier-ignore
    const product = await shop.product({ name: `Volume ${price}`, price })
    await shop.sell('2031-03-15', {
      product,
      more: { payment_profile: await onlyAt(shop, gateway) },
    })
  }
  await shop.post(`/subscriptions/${inTurn.subscription}/suspend`)
  await shop.goTo('2031-03-15 23:00')
  await shop.post(`/subscriptions/${even.subscription}/renew`)
  assert.equal(await lastTries(shop, even.subscription), 'G2 paid')
  await shop.post(`/subscriptions/${even.subscription}/cancel`)
  await shop.post(`/subscriptions/${inTurn.subscription}/activate`)

  const seen: string[] = []
  for (const day of ['2031-03-16', '2031-04-15', '2031-05-15', '2031-06-14']) {
    await shop.goTo(day)
    seen.push(await lastTries(shop, inTurn.subscription))
  }
  // G1 was disabled when the group chose for the first time.
  assert.deepEqual(seen, ['G3 paid', 'G1 paid', 'G2 paid', 'G3 paid'])
})

const choose = (id: string, gateway: string, next: string) => ({
  id,
  type: 'action_choose_gateway',
  settings: { gateways: [{ user_gateway: gateway }], pick: 'sort_order' },
  outputs: { next },
})
const charge = (id: string, declined?: string) => ({
  id,
  type: 'action_process_payment',
  ...(declined === undefined ? {} : { outputs: { declined } }),
})

story('7.4: a flow tells who buys in the words of the merchant', async (shop) => {
  const [G1] = shop.gateways
  const says = (id: string, message: string) => ({ id, type: 'action_return_error', settings: { message } }) // prettier-ignore
  const made = await shop.post('/payment_profiles', {
    name: 'In words',
    payment_flow: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'dear' } },
      {
        id: 'dear',
        type: 'filter_amount',
        settings: { min_amount: 90 },
        outputs: { passed: 'no', failed: 'c1' },
      },
      says('no', 'That is above what we take.'),
      choose('c1', G1, 'p1'),
      charge('p1', 'call'),
      says('call', 'Please call us.'),
    ],
  })
  const sale = (price: number, number: string) => ({
    campaign: CAMPAIGN,
    payment_type: 'credit_card',
    payment_profile: made.at('payment_profile_id'),
    credit_card: card(number),
    customer: { first_name: 'Ada', last_name: 'Ide', email: `ada${price}@example.com` },
    product: [{ id: shop.P, price }],
  })
  assert.equal(await shop.refuses(402, 'POST', '/sales', sale(50, NO)), 'Please call us.')
  assert.equal(await shop.refuses(409, 'POST', '/sales', sale(90, OK)), 'That is above what we take.')
}) // prettier-ignore

story('55: a flow branches by request type, and by how many attempts were made', async (shop) => {
  const [G1, G2, G3] = shop.gateways
  const group = async (name: string, gateway: string) =>
    (await shop.post('/gateway_groups', { name, user_gateway: [gateway] })).text('gateway_group_id')
  const [A, B] = [await group('A', G2), await group('B', G3)]
  const byGroup = (id: string, gateway_group: string) => ({
    ...choose(id, G1, `charge ${id}`),
    settings: { gateways: [{ gateway_group }], pick: 'sort_order' },
  })
  const made = await shop.post('/payment_profiles', {
    name: 'By type',
    payment_flow: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'type' } },
      {
        id: 'type',
        type: 'filter_request_type',
        settings: { request_types: ['subscription_renewal'] },
        outputs: { passed: 'A', failed: 'B' },
      },
      byGroup('A', A),
      charge('charge A'),
      byGroup('B', B),
      charge('charge B'),
    ],
  })
  const payment_profile = made.text('payment_profile_id')
  const subscription_profile = await shop.profile({ name: 'By type', ...DAYS_30, payment_profile })
  const product = await shop.product({ name: 'By type', subscription_profile })
  const typed = await shop.sell('2031-01-15', { product, more: { payment_profile } })
  const sold = await shop.get(`/subscriptions/${typed.subscription}`)
  assert.equal(sold.at('last_success_gateway'), G3)
  await shop.goTo('2031-02-14')
  assert.equal(await lastTries(shop, typed.subscription), 'G2 paid')

  const atLeast4 = (id: string, passed: string, failed: string) => ({
    id,
    type: 'filter_attempt_count',
    settings: { operator: 'at_least', count: 4 },
    outputs: { passed, failed },
  })
  const counted = await shop.post('/payment_profiles', {
    name: 'By count',
    payment_flow: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'c1' } },
      choose('c1', G1, 'p1'),
      charge('p1', 'c2'),
      choose('c2', G2, 'p2'),
      charge('p2', 'f3'),
      atLeast4('f3', 'c5', 'c3'), // the third attempt is not the fourth
      choose('c3', G1, 'p3'),
      charge('p3', 'f4'),
      atLeast4('f4', 'c4', 'c6'), // the fourth is
      choose('c4', G3, 'p4'),
      charge('p4'),
      choose('c5', G2, 'p5'),
      charge('p5'),
      choose('c6', G2, 'p6'),
      charge('p6'),
    ],
  })
  const counting = await shop.profile({ name: 'By count', ...DAYS_30, payment_profile: counted.at('payment_profile_id') }) // prettier-ignore
  const other = await shop.product({ name: 'By count', subscription_profile: counting })
  const { subscription, customer } = await shop.sell('2031-02-15', { product: other })
  await declineAt(shop, customer, [G1, G2])
  await shop.goTo('2031-03-17')
  assert.equal(await lastTries(shop, subscription), 'G1 G2 G1 G3 paid')
})

story('a disabled payment profile is named by nothing new, and one that charges is not disabled', async (shop) => {
  const [, , G3] = shop.gateways
  const payment_profile = await onlyAt(shop, G3)
  const ours = ourId('payment_profile', payment_profile)
  const off = () => shop.call('POST', `/payment_profiles/${payment_profile}`, { enabled: false })
  const subscription_profile = await shop.profile({ name: 'Only G3', ...DAYS_30, payment_profile })
  const product = await shop.product({ name: 'Only G3', subscription_profile })
  const { subscription } = await shop.sell('2031-01-15', { product, more: { payment_profile } })

  const refused = await off()
  assert.equal(refused.status, 400)
  assert.match(refused.text('message'), /is used by subscription profile .* there first/)
  await shop.goTo('2031-02-14')
  assert.equal(await lastTries(shop, subscription), 'G3 paid')

  // Its subscription profile is charged elsewhere from now on, as the merchant says.
  await shop.post(`/subscription_profiles/${subscription_profile}`, { payment_profile: shop.PP })
  assert.equal((await off()).status, 200)
  const sale = {
    campaign: CAMPAIGN,
    payment_type: 'credit_card',
    payment_profile,
    credit_card: card(OK),
    customer: { email: 'grace@example.com' },
    product: [{ id: product }],
  }
  assert.match(await shop.refuses(400, 'POST', '/sales', sale), /payment profile is disabled/)
  await shop.refuses(400, 'POST', '/subscription_profiles', { name: 'Off', ...DAYS_30, occurrences_unlimited: true, payment_profile }) // prettier-ignore
  for (const [path, body] of [
    ['/account', { settings: { default_payment_profile_id: ours } }],
    [`/subscriptions/${ourId('subscription', subscription)}`, { payment_profile_id: ours }],
  ] as const) // prettier-ignore
    assert.equal((await shop.world.api.call('PATCH', path, { body })).status, 400, path)

  await shop.post(`/payment_profiles/${payment_profile}`, { enabled: true })
  await shop.world.api.patch('/account', { settings: { default_payment_profile_id: ours } }) // prettier-ignore
  assert.match((await off()).text('message'), /is used by the account as its default/)
  await shop.world.api.patch('/account', { settings: { default_payment_profile_id: null } })
  assert.equal((await off()).status, 200)
}) // prettier-ignore

story(
  'what is left of a sale is collected by its payment profile, also once that is disabled',
  async (shop) => {
    const [, G2] = shop.gateways
    const made = await shop.post('/payment_profiles', {
      name: 'Halves',
      payment_flow: [
        { id: 'start', type: 'start_payment_request', outputs: { next: 'half' } },
        {
          id: 'half',
          type: 'action_change_amount',
          settings: { amount: { type: 'percent', value: 50 } },
          outputs: { next: 'choose' },
        },
        choose('choose', G2, 'charge'),
        charge('charge'),
      ],
    })
    const payment_profile = made.text('payment_profile_id')
    const { sale } = await shop.sell('2031-01-15', { more: { payment_profile } })
    assert.deepEqual([sale.at('status'), sale.at('amount_paid')], ['partially_paid', 25])
    await shop.post(`/payment_profiles/${payment_profile}`, { enabled: false })

    const salvages = await shop.world.api.get('/salvage-transactions')
    await shop.world.api.post(`/salvage-transactions/${salvages.text('data.0.id')}/attempt`, {})
    // Half of the rest at G2; the account's first gateway would have taken all of it.
    assert.deepEqual(await charged(shop), [25_00, 12_50])
  },
)
