import assert from 'node:assert/strict'
import { card, DAYS_30, declineAt, NO, OK, ourId, story, type Shop, type Sold } from './shop.ts'

/** Sold with a good card on the last of January; since then one that is declined everywhere is the default. */
async function sellToDeclined(shop: Shop, limit: number): Promise<Sold & { good: string }> {
  const subscription_profile = await shop.profile({ name: `Limit ${limit}`, ...DAYS_30, overdue_limit: limit }) // prettier-ignore
  const product = await shop.product({ name: `Limit ${limit}`, subscription_profile })
  const sold = await shop.sell('2031-01-31', { product })
  const good = String((await shop.get(`/customers/${sold.customer}`)).at('customer_card.0.id'))
  await shop.addCard(sold.customer, NO, true)
  return { ...sold, good }
}

/** Salvage transactions of a customer, oldest first. */
async function salvages(shop: Shop, customer: string): Promise<readonly string[]> {
  const from = Date.parse('2031-01-31') / 1000
  const window = `date_start=${from}&date_end=${from + 89 * 86_400}&page=1&limit=25`
  const rows = (await shop.get(`/salvage_transactions?${window}&customer_filter=${customer}`)).at(
    'results',
  )
  assert.ok(Array.isArray(rows))
  return rows.map((row: { id: string }) => row.id).toReversed()
}

async function told(shop: Shop, salvage: string): Promise<string> {
  const shown = await shop.get(`/salvage_transactions/${salvage}`)
  return ['source_type', 'status', 'amount_remaining', 'attempt_count'].map((name) => String(shown.at(name))).join(' ') // prettier-ignore
}

story('23 to 26: at its overdue limit a subscription is suspended until it is activated', async (shop) => {
  const { subscription, customer } = await sellToDeclined(shop, 2)
  await shop.goTo('2031-03-02') // 23
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-03-02 40 overdue'])
  assert.equal(await shop.standing(subscription), 'overdue 2031-04-01')
  const [salvage] = await salvages(shop, customer)
  assert.ok(salvage !== undefined)
  assert.equal(await told(shop, salvage), 'subscription_renewal ready 40 2')
  const [renewal] = await shop.renewalIds(subscription)
  const shown = await shop.get(`/salvage_transactions/${salvage}`)
  assert.deepEqual([shown.at('source_id'), shown.at('gateway')], [renewal, shop.gateways[0]])

  await shop.goTo('2031-04-01') // 24
  assert.equal(await shop.standing(subscription), 'suspended 2031-05-01')
  await shop.goTo('2031-05-20') // 25
  assert.deepEqual(await shop.renewals(subscription), [
    'automatic 2031-03-02 40 overdue',
    'automatic 2031-04-01 40 overdue',
  ])

  await shop.addCard(customer, OK, true) // 26
  await shop.post(`/subscriptions/${subscription}/activate`)
  assert.equal(await shop.standing(subscription), 'overdue 2031-05-01')
  await shop.goTo('2031-05-20 00:05')
  assert.deepEqual(await shop.renewals(subscription), [
    'automatic 2031-03-02 40 overdue',
    'automatic 2031-04-01 40 overdue',
    'automatic 2031-05-20 40 paid',
  ])
  const ids = await shop.renewalIds(subscription)
  const end = Date.parse('2031-05-21') / 1000
  const listed = async (filter: string): Promise<unknown> =>
    (await shop.get(`/subscription_renewals?date_start=${end - 89 * 86_400}&date_end=${end}&page=1&limit=25${filter}`)).at('results') // prettier-ignore
  const overdue = await listed('&status_filter=overdue&status_filter=refunded')
  assert.ok(Array.isArray(overdue))
  assert.deepEqual(overdue.map((row: { id: string }) => row.id).toReversed(), ids.slice(0, 2))
  assert.deepEqual(await listed('&status_filter=processing'), [])
  assert.equal(await shop.standing(subscription), 'overdue 2031-06-19')
  assert.equal((await shop.get(`/subscriptions/${subscription}`)).at('overdue_count'), 2)
}) // prettier-ignore

story('26: with the declined card still, one more is overdue and suspends it again', async (shop) => {
  const { subscription } = await sellToDeclined(shop, 2)
  await shop.goTo('2031-05-20')
  await shop.post(`/subscriptions/${subscription}/activate`)
  await shop.goTo('2031-05-20 00:05')
  assert.deepEqual(await shop.renewals(subscription), [
    'automatic 2031-03-02 40 overdue',
    'automatic 2031-04-01 40 overdue',
    'automatic 2031-05-20 40 overdue',
  ])
  assert.equal(await shop.standing(subscription), 'suspended 2031-06-19')
  assert.equal((await shop.get(`/subscriptions/${subscription}`)).at('overdue_count'), 3)
}) // prettier-ignore

story('27: without a limit nothing is suspended', async (shop) => {
  const { subscription } = await sellToDeclined(shop, 0)
  const dates = ['2031-03-02', '2031-04-01', '2031-05-01', '2031-05-31', '2031-06-30']
  for (const [failed, date] of dates.entries()) {
    await shop.goTo(date)
    const shown = await shop.get(`/subscriptions/${subscription}`)
    assert.deepEqual([shown.at('status'), shown.at('overdue_count')], ['overdue', failed + 1])
  }
  assert.equal(await shop.standing(subscription), 'overdue 2031-07-30')
  assert.deepEqual(
    await shop.renewals(subscription),
    dates.map((date) => `automatic ${date} 40 overdue`),
  )
  const told = await shop.world.api.get('/events?type=subscription.paused')
  assert.equal(told.at('data.length'), 0)
})

story('28, 31: a salvage transaction that is recovered pays its renewal, once', async (shop) => {
  const { subscription, customer } = await sellToDeclined(shop, 2)
  await shop.goTo('2031-03-02')
  const [salvage] = await salvages(shop, customer)
  assert.ok(salvage !== undefined)
  const process = `/salvage_transactions/${salvage}/process`
  await shop.refuses(402, 'POST', process, {})
  assert.equal(await told(shop, salvage), 'subscription_renewal ready 40 3')
  const done = await shop.post(process, { payment: { credit_card: card(OK) } }) // 28
  assert.equal(done.at('salvage_transaction_id'), salvage)
  assert.equal(await told(shop, salvage), 'subscription_renewal recovered 0 4')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-03-02 40 paid'])
  assert.equal(await shop.standing(subscription), 'active 2031-04-01')

  const charges = (await shop.world.charges()).length // 31
  await shop.refuses(409, 'POST', process, { payment: { credit_card: card(OK) } })
  await shop.refuses(409, 'POST', `/salvage_transactions/${salvage}/disable`, {})
  assert.equal((await shop.world.charges()).length, charges)
})

story('what is disabled is not tried any more, and the next renewal is not kept from it', async (shop) => {
  const { subscription, customer, good } = await sellToDeclined(shop, 0)
  await shop.goTo('2031-03-02')
  const [salvage] = await salvages(shop, customer)
  assert.ok(salvage !== undefined)
  const path = `/salvage_transactions/${salvage}`
  const done = await shop.post(`${path}/disable`)
  assert.equal(done.at('salvage_transaction_id'), salvage)
  assert.equal(await told(shop, salvage), 'subscription_renewal disabled 40 2')
  await shop.refuses(409, 'POST', `${path}/process`, { customer_card_id: good })
  await shop.refuses(409, 'POST', `${path}/disable`, {})
  assert.equal(await shop.standing(subscription), 'overdue 2031-04-01')
  await shop.goTo('2031-04-01')
  assert.equal((await shop.renewals(subscription)).length, 2)
}) // prettier-ignore

story('29: what is recovered does not end a suspension', async (shop) => {
  const { subscription, customer, good } = await sellToDeclined(shop, 2)
  await shop.goTo('2031-04-01')
  for (const salvage of await salvages(shop, customer))
    await shop.post(`/salvage_transactions/${salvage}/process`, { customer_card_id: good })
  assert.equal(await shop.standing(subscription), 'suspended 2031-05-01')
  await shop.post(`/subscriptions/${subscription}/activate`)
  assert.equal(await shop.standing(subscription), 'active 2031-05-01')
})

story('30: a salvage transaction is tried where its first attempt was, or where it says', async (shop) => {
  const [G1, , G3] = shop.gateways
  const { subscription, customer, good } = await sellToDeclined(shop, 0)
  await shop.goTo('2031-04-01')
  const [first, second] = await salvages(shop, customer)
  const [one, two] = await shop.renewalIds(subscription)
  assert.ok(first !== undefined && second !== undefined && one !== undefined && two !== undefined)
  await shop.post(`/salvage_transactions/${first}/process`, { customer_card_id: good })
  assert.deepEqual(await shop.triedAt(one), ['G1', 'G2', 'G1'])
  await shop.post(`/salvage_transactions/${second}/process`, { customer_card_id: good, gateway: G3 }) // prettier-ignore
  assert.deepEqual(await shop.triedAt(two), ['G1', 'G2', 'G3'])
  const paid = (await shop.get(`/subscription_renewals/${two}`)).at('transaction.2')
  const shown = await shop.get(`/transactions/${String(paid)}`)
  assert.deepEqual([shown.at('customer_card'), shown.at('approved'), shown.at('amount')], [good, true, 40]) // prettier-ignore
  assert.equal((await shop.get(`/user_gateways/${G1}`)).at('user_gateway_id'), G1)
}) // prettier-ignore

story('32: what a flow takes less of is salvaged', async (shop) => {
  const [G1, G2] = shop.gateways
  const made = await shop.post('/payment_profiles', {
    name: 'Half',
    steps: [
      { source: 'gateway', gateways: [{ user_gateway: G1 }] },
      { source: 'gateway', gateways: [{ user_gateway: G2 }], amount: { type: 'percent', value: 50 } }, // prettier-ignore
    ],
  })
  const payment_profile = made.at('payment_profile_id')
  const subscription_profile = await shop.profile({ name: 'Half', ...DAYS_30, payment_profile })
  const product = await shop.product({ name: 'Half', subscription_profile })
  const { subscription, customer } = await shop.sell('2031-01-31', { product })
  await declineAt(shop, customer, [G1])
  await shop.goTo('2031-03-02')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-03-02 40 partially_paid'])
  const [salvage] = await salvages(shop, customer)
  assert.ok(salvage !== undefined)
  assert.equal(await told(shop, salvage), 'subscription_renewal ready 20 2')
  assert.equal(await shop.standing(subscription), 'overdue 2031-04-01')
})

story('a salvage that a flow takes less of leaves the rest to be salvaged, and renewals go on', async (shop) => {
  const [, G2, G3] = shop.gateways
  const halves = await shop.post('/payment_profiles', {
    name: 'Halves',
    payment_flow: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'half' } },
      { id: 'half', type: 'action_change_amount', settings: { amount: { type: 'percent', value: 50 } }, outputs: { next: 'choose' } }, // prettier-ignore
      { id: 'choose', type: 'action_choose_gateway', settings: { gateways: [{ user_gateway: G2 }], pick: 'sort_order' }, outputs: { next: 'pay' } }, // prettier-ignore
      { id: 'pay', type: 'action_process_payment', outputs: {} },
    ],
  })
  const payment_profile = halves.at('payment_profile_id')
  const subscription_profile = await shop.profile({ name: 'Halves', ...DAYS_30, payment_profile })
  const product = await shop.product({ name: 'Halves', subscription_profile })
  const { subscription, customer } = await shop.sell('2031-01-31', { product })
  const force = (gateway: string | null) =>
    shop.world.api.patch(`/subscriptions/${ourId('subscription', subscription)}`, {
      forced_gateway_id: gateway,
    })
  // No gateway was there for the first attempt, so that the flow is asked when it is salvaged.
  await force(ourId('gateway', G3))
  await shop.post(`/user_gateways/${G3}`, { enabled: false })
  await shop.goTo('2031-03-02')
  await force(null)
  const [salvage] = await salvages(shop, customer)
  assert.ok(salvage !== undefined)
  assert.equal(await told(shop, salvage), 'subscription_renewal ready 40 0')

  await shop.post(`/salvage_transactions/${salvage}/process`)
  assert.equal(await told(shop, salvage), 'subscription_renewal ready 20 1')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-03-02 40 partially_paid'])
  await shop.goTo('2031-04-01')
  assert.equal((await shop.renewals(subscription)).length, 2)
}) // prettier-ignore

story('a last renewal that is recovered while suspended completes the subscription once it is activated', async (shop) => {
  const limits = { occurrences_unlimited: false, occurrences: 1, overdue_limit: 1 }
  const subscription_profile = await shop.profile({ name: 'Once', ...DAYS_30, ...limits })
  const product = await shop.product({ name: 'Once', subscription_profile })
  const { subscription, customer } = await shop.sell('2031-01-31', { product })
  await shop.addCard(customer, NO, true)
  await shop.goTo('2031-03-02')
  assert.equal(await shop.standing(subscription), 'suspended never')
  const [salvage] = await salvages(shop, customer)
  await shop.post(`/salvage_transactions/${String(salvage)}/process`, { payment: { credit_card: card(OK) } }) // prettier-ignore
  assert.equal(await shop.standing(subscription), 'suspended never')
  await shop.post(`/subscriptions/${subscription}/activate`)
  await shop.goTo('2031-03-02 00:05')
  assert.equal(await shop.standing(subscription), 'completed never')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-03-02 40 paid'])
}) // prettier-ignore
