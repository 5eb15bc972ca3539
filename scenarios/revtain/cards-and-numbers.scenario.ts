import assert from 'node:assert/strict'
import { parseInstant } from '@perennial/core/time'
import { freshToken, giveCard, linkOf, story } from './biller.ts'

const HOUR = 3_600_000

story('a payer replaces a card once, and what waited is paid at once', async (world, biller) => {
  const token = freshToken()
  const body = { paymentMethodToken: token, amount: 5000, originalDeclineCode: 'expired_card' }
  const waiting = await biller.execute(body)
  assert.equal(waiting.status, 202)

  const before = world.house.clock.now()
  const link = await biller.call('POST', '/api/recovery/update-card/generate', { body: { paymentMethodToken: token } }) // prettier-ignore
  assert.equal(link.status, 201)
  assert.ok(link.text('url').includes(link.text('token')))
  const livesMs = (parseInstant(link.text('expiresAt')) ?? 0) - before
  assert.ok(livesMs >= 72 * HOUR && livesMs < 73 * HOUR)

  const path = `/api/recovery/update-card/${link.text('token')}`
  const page = await biller.call('GET', path, { key: null })
  assert.equal(page.status, 200)
  assert.match(String(page.body), /Ada &amp; Sons/)
  assert.doesNotMatch(String(page.body), /perennial|revtain/i)
  assert.equal(page.headers['cache-control'], 'no-store')
  assert.equal(page.headers['referrer-policy'], 'no-referrer')

  const newPaymentMethodToken = freshToken()
  const used = await biller.call('POST', path, { key: null, body: { newPaymentMethodToken } })
  assert.equal(used.status, 200)
  const hooks = await biller.hooks()
  assert.deepEqual(hooks.map(({ event }) => event).toSorted(), ['card.updated', 'recovery.success'])
  const updated = hooks.find(({ event }) => event === 'card.updated')
  assert.equal(updated?.at('oldPaymentMethodToken'), token)
  assert.equal(updated?.at('newPaymentMethodToken'), newPaymentMethodToken)
  assert.equal(hooks.find(({ event }) => event === 'recovery.success')?.at('trigger'), 'card_update')

  assert.equal((await biller.call('GET', path, { key: null })).status, 410)
  assert.equal((await biller.call('POST', path, { key: null, body: { newPaymentMethodToken } })).status, 410) // prettier-ignore
  for (const method of ['GET', 'POST'] as const) {
    const options = method === 'GET' ? { key: null } : { key: null, body: { newPaymentMethodToken } }
    assert.equal((await biller.call(method, '/api/recovery/update-card/unknown', options)).status, 404) // prettier-ignore
  }
  assert.equal((await world.charges()).length, 1)
}, { brand_name: 'Ada & Sons' }) // prettier-ignore

story(
  'a link has its hours, and its host where the biller has one',
  async (world, biller) => {
    const generate = { body: { paymentMethodToken: freshToken() } }
    const link = await biller.call('POST', '/api/recovery/update-card/generate', generate)
    assert.equal(new URL(link.text('url')).host, 'pay.example.com')
    world.house.clock.moveOn(73 * HOUR)
    const path = `/api/recovery/update-card/${link.text('token')}`
    assert.equal((await biller.call('GET', path, { key: null })).status, 410)
    const late = { key: null, body: { newPaymentMethodToken: freshToken() } }
    assert.equal((await biller.call('POST', path, late)).status, 410)
    assert.deepEqual(await biller.hooks(), [])
  },
  { card_update_domain: 'pay.example.com' },
)

story(
  'a paywall shows who owes, to a browser key too, 120 times a minute',
  async (world, biller) => {
    const customerEmail = 'ada@example.com'
    await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'failed', customerEmail }) // prettier-ignore
    const ask = (email: string) =>
    biller.call('GET', `/api/recovery/paywall-status?customerEmail=${encodeURIComponent(email)}`, { key: biller.publishableKey }) // prettier-ignore
    const owing = await ask('ADA@example.com')
    assert.partialDeepStrictEqual(owing.body, { isPastDue: true, totalOwedCents: 5000, currency: 'USD', failedPaymentCount: 1 }) // prettier-ignore
    const unknown = await ask('bob@example.com')
    assert.partialDeepStrictEqual(unknown.body, { isPastDue: false, totalOwedCents: 0, failedPaymentCount: 0, oldestFailureAt: null }) // prettier-ignore
    for (let call = 2; call < 120; call += 1) assert.equal((await ask('x@example.com')).status, 200)
    assert.equal((await ask('x@example.com')).status, 429)
    await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'success', customerEmail }) // prettier-ignore
    world.house.clock.moveOn(61_000)
    assert.equal((await ask(customerEmail)).at('isPastDue'), false)
    // What still waits for money, or for another card, is owed all the same; currencies are not added up.
    await biller.execute({ paymentMethodToken: freshToken(), amount: 700, originalDeclineCode: 'insufficient_funds', customerEmail }) // prettier-ignore
    await biller.execute({ paymentMethodToken: freshToken(), amount: 6000, originalDeclineCode: 'expired_card', customerEmail }) // prettier-ignore
    await biller.execute({ paymentMethodToken: freshToken(), amount: 900, currency: 'EUR', originalDeclineCode: 'fraudulent', customerEmail }) // prettier-ignore
    const waiting = await ask(customerEmail)
    assert.partialDeepStrictEqual(waiting.body, { isPastDue: true, totalOwedCents: 6700, currency: 'USD', failedPaymentCount: 2 }) // prettier-ignore
    assert.equal(waiting.headers['cache-control'], 'no-store')
    // The larger number is no larger sum: what is owed longest is told first, and all of it.
    await biller.execute({ paymentMethodToken: freshToken(), amount: 15_000, currency: 'JPY', originalDeclineCode: 'fraudulent', customerEmail }) // prettier-ignore
    const { body } = await ask(customerEmail)
    assert.partialDeepStrictEqual(body, {
      totalOwedCents: 6700,
      currency: 'USD',
      failedPaymentCount: 2,
    })
    assert.partialDeepStrictEqual(body, { byCurrency: [{ totalOwedCents: 6700, currency: 'USD' }, { totalOwedCents: 900, currency: 'EUR' }, { totalOwedCents: 15_000, currency: 'JPY', failedPaymentCount: 1 }] }) // prettier-ignore
  },
)

story('one payment pays one older debt of its amount, the oldest', async (world, biller) => {
  const customerEmail = 'eve@example.com'
  const bill = async (simulateOutcome: 'failed' | 'success') => {
    await world.api.post('/test-clock/advance', { days: 30 })
    await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome, customerEmail }) // prettier-ignore
  }
  const path = `/api/recovery/paywall-status?customerEmail=${encodeURIComponent(customerEmail)}`
  const owed = async () => {
    const { body } = await biller.call('GET', path, { key: biller.publishableKey })
    const at = (name: string): unknown => Reflect.get(Object(body), name)
    return [
      at('totalOwedCents'),
      at('failedPaymentCount'),
      String(at('oldestFailureAt')).slice(0, 7),
    ]
  }
  // Nothing was owed when it came: it pays nothing that fails later.
  await bill('success')
  await bill('failed')
  await bill('failed')
  await bill('failed')
  assert.deepEqual(await owed(), [15_000, 3, '2027-03'])
  await bill('success')
  assert.deepEqual(await owed(), [10_000, 2, '2027-04'])
  await bill('failed')
  assert.deepEqual(await owed(), [15_000, 3, '2027-04'])
  await bill('success')
  await bill('success')
  assert.deepEqual(await owed(), [5_000, 1, '2027-06'])
  await bill('success')
  assert.deepEqual(await owed(), [0, 0, 'null'])
})

story('an organic payment counts once, and the month tells the lift', async (world, biller) => {
  const pulse = (body: object) => biller.call('POST', '/api/recovery/pulse', { body })
  const month = async () => biller.call('GET', '/api/reports/monthly?month=2027-01')
  // Without a baseline nobody can say what was gained.
  await biller.execute({ paymentMethodToken: freshToken(), amount: 5100, originalDeclineCode: 'do_not_honor' }) // prettier-ignore
  const alone = (await month()).at('byCount.0')
  assert.partialDeepStrictEqual(alone, { organic: 0, failed: 1, recovered: 1, recoveryRate: 1 })
  assert.deepEqual([Reflect.get(Object(alone), 'relativeLift'), Reflect.get(Object(alone), 'liftPoints')], [null, null]) // prettier-ignore
  for (const attempt of [1, 2]) {
    const told = await pulse({ amount: 5000, currency: 'USD', transactionId: 't-1' })
    assert.deepEqual([attempt, told.status, told.at('success')], [attempt, 200, true])
  }
  assert.equal((await pulse({ amount: 49 })).status, 400)
  for (let paid = 2; paid <= 45; paid += 1) await pulse({ amount: 5000 })
  const lost = 'tok_decline_invalid_account'
  for (const [index, paymentMethodToken] of [freshToken(), freshToken(), lost, lost].entries())
    await biller.execute({ paymentMethodToken, amount: 5000 + index, originalDeclineCode: 'do_not_honor' }) // prettier-ignore
  // Half of spec/revtain.md 20, 67: the same shares.
  assert.partialDeepStrictEqual((await month()).body, {
    month: '2027-01',
    byCount: [
      {
        currency: 'USD',
        organic: 45,
        failed: 5,
        recovered: 3,
        baseline: 0.9,
        withRecovery: 0.96,
        liftPoints: 0.06,
        recoveryRate: 0.6,
      },
    ],
  })
  const amounts = {
    organic: 225_000,
    failed: 25_106,
    recovered: 15_101,
    blocked: 0,
    recoveryRate: 0.6015,
  }
  assert.partialDeepStrictEqual((await month()).at('byAmount'), [{ currency: 'USD', ...amounts }])
  // Another currency is another line, with what was blocked in it.
  await biller.execute({ paymentMethodToken: freshToken(), amount: 800, currency: 'EUR', originalDeclineCode: 'fraudulent' }) // prettier-ignore
  const euro = { currency: 'EUR', organic: 0, recovered: 0, baseline: null }
  assert.partialDeepStrictEqual((await month()).body, {
    byCount: [{ ...euro, failed: 1, blocked: 1 }, { currency: 'USD' }],
    byAmount: [{ ...euro, failed: 800, blocked: 800 }, { currency: 'USD' }],
  })
  const empty = await biller.call('GET', '/api/reports/monthly?month=2026-12')
  assert.deepEqual(empty.at('byCount'), [])
  // All this was at midnight in London: in New York the old year is not over.
  await biller.set({ timezone: 'America/New_York' })
  assert.deepEqual((await month()).at('byCount'), [])
  const before = await biller.call('GET', '/api/reports/monthly?month=2026-12')
  assert.deepEqual([before.at('byCount.1.failed'), before.at('byCount.1.organic')], [5, 45])
  for (const odd of ['x', '0001-01', '1970-01', '9999-12'])
    assert.equal((await biller.call('GET', `/api/reports/monthly?month=${odd}`)).status, 400)
})

story('numbers tell who chose the instants, and the card that was charged last', async (world, biller) => {
  const short = { amount: 5000, originalDeclineCode: 'insufficient_funds', binPrefix: '411111' }
  await biller.execute({ ...short, paymentMethodToken: freshToken() })
  await biller.set({ retry_policy: 'schedule' })
  await biller.execute({ ...short, paymentMethodToken: freshToken() })
  const expired = { ...short, originalDeclineCode: 'expired_card', paymentMethodToken: freshToken() }
  await biller.execute(expired)
  const link = await linkOf(biller, expired.paymentMethodToken)
  const given = await giveCard(biller, link, { number: '5555555555554444' })
  assert.equal(given.status, 200)
  await world.goTo('2027-02-10')
  const groups = async (by: string) => {
    const path = `/analytics/recovery/summary?source=outside&group_by=${by}&from=2027-01-01T00:00:00Z`
    const found = (await world.api.get(path)).at('data.groups') as { key: string; recovered: number }[]
    return Object.fromEntries(found.map(({ key, recovered }) => [key, recovered]))
  }
  // What is paid at once with another card was planned by nobody.
  assert.deepEqual(await groups('policy'), { planner: 1, schedule: 1, null: 1 })
  // Its biller told the first digits of each; the gateways tell others.
  assert.deepEqual(await groups('issuer'), { 424242: 2, 555555: 1 })
}) // prettier-ignore

story('look-ups answer anybody', async (world, biller) => {
  const look = (path: string) => biller.call('GET', `/api/lookup/${path}`, { key: null })
  const bin = await look('bin/414720')
  assert.deepEqual([bin.status, bin.at('cardNetwork')], [200, 'visa'])
  assert.equal(bin.headers['access-control-allow-origin'], '*')
  assert.equal((await look('bin/123')).status, 400)
  assert.equal((await look('bin/abc')).status, 400)
  const decline = await look('decline/braintree/2010')
  assert.equal(decline.status, 200)
  assert.equal(decline.at('gatewayLabel'), 'Braintree')
  assert.notEqual(decline.at('canonicalCode'), 'unknown')
  const categories = ['hard', 'soft', 'fraud', 'technical', 'auth_required']
  assert.ok(categories.includes(decline.text('category')), decline.text('category'))
  assert.ok(Array.isArray(decline.at('variantsOnOtherGateways')))
  assert.equal((await look('decline/stripe/no_such_code')).at('canonicalCode'), 'unknown')
  assert.equal((await look('decline/nosuch/1')).status, 400)
  const all = await look('decline-codes')
  assert.ok(Array.isArray(all.at('codes')) && (all.at('codes') as unknown[]).length > 400)
})

story('66: a card that expires is told of with a link, 30 days before and once more', async (world, biller) => {
  const goTo = (to: string) => world.api.post('/test-clock/advance', { to: `${to}T00:00:00Z` })
  const token = 'tok_expires_202703'
  await biller.execute({ paymentMethodToken: token, amount: 5000, customerEmail: 'ada@example.com' })
  await biller.hooks()
  await goTo('2027-03-01')
  assert.deepEqual(await biller.hooks(), [])
  await goTo('2027-03-03')
  const [hook, second] = await biller.hooks()
  assert.ok(hook !== undefined && second === undefined)
  assert.equal(hook.event, 'card.expiring_soon')
  assert.deepEqual([hook.at('paymentMethodToken'), hook.at('customerEmail')], [token, 'ada@example.com'])
  assert.deepEqual([hook.at('expMonth'), hook.at('expYear'), hook.at('expiresOn')], [3, 2027, '2027-03-31'])
  const page = new URL(String(hook.at('cardUpdateUrl'))).pathname
  assert.equal((await biller.call('GET', page, { key: null })).status, 200)
  await goTo('2027-03-24')
  assert.deepEqual(await biller.hooks(), [])
  await goTo('2027-03-26')
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['card.expiring_soon'])
  await goTo('2027-05-01')
  assert.deepEqual(await biller.hooks(), [])
}) // prettier-ignore
