import assert from 'node:assert/strict'
import { freshToken, giveCard, linkOf, openBiller, story } from './biller.ts'

/** A failed payment of 50.00 on a card of its own. */
const failed = (more: object = {}) => ({ paymentMethodToken: freshToken(), amount: 5000, ...more })

/** What `recommendedAction` may say (spec/revtain.md 9.4). */
const ACTIONS = ['request_card_update', 'retry_later', 'manual_review', 'monitor']

story(
  'a key is needed, the secret one, in X-API-KEY whatever its letter case',
  async (world, it) => {
    const path = '/api/recovery/execute'
    const body = failed({ originalDeclineCode: 'do_not_honor' })
    for (const key of [null, 'rev_wrong', 'rev_wrongwrongwrongwrongwrong', it.publishableKey]) {
      const answer = await it.call('POST', path, { body, key })
      assert.equal(answer.status, 401)
      assert.equal(typeof answer.at('error'), 'string')
    }
    assert.equal((await world.charges()).length, 0)
    assert.deepEqual(await it.hooks(), [])
    const spelled = await it.call('POST', path, { body, headerName: 'x-api-key' })
    assert.equal(spelled.status, 200)
    // Of the earlier edition; cards are kept nowhere.
    assert.equal((await it.call('POST', '/api/recovery/tokenize', { body: {} })).status, 410)
  },
)

story('what a client has become holds from its next call on', async (world, biller) => {
  const refused = () => failed({ originalDeclineCode: 'do_not_honor' })
  assert.equal((await biller.execute(refused())).status, 200)
  assert.equal((await biller.hooks()).length, 1)
  await biller.set({ webhook_url: null })
  assert.equal((await biller.execute(refused())).status, 200)
  const client = await world.api.get(`/recovery/clients/${biller.clientId}`)
  assert.equal(client.at('data.undelivered_webhooks'), 1)

  const keys = (await world.api.get('/api-keys?limit=100')).at('data')
  assert(Array.isArray(keys))
  const key = keys.find(({ hint }) => biller.apiKey.endsWith(String(hint)))
  await world.api.call('DELETE', `/api-keys/${String(key.id)}`)
  assert.equal((await biller.execute(refused())).status, 401)
  assert.equal((await world.charges()).length, 2)
})

const refusedBodies: readonly (readonly [what: string, body: object, field: string])[] = [
  ['no token', { paymentMethodToken: undefined }, 'paymentMethodToken'],
  ['less than the least', { amount: 49 }, 'amount'],
  ['more than the most', { amount: 100_000_001 }, 'amount'],
  ['half a cent', { amount: 50.5 }, 'amount'],
  ['an amount in text', { amount: '5000' }, 'amount'],
  ['no currency', { currency: 'XXQ' }, 'currency'],
  ['a long key', { idempotencyKey: 'k'.repeat(129) }, 'idempotencyKey'],
  ['a NUL', { idempotencyKey: 'a\u0000b' }, 'idempotencyKey'],
  ['too many fallbacks', { fallbackPaymentMethodTokens: ['1', '2', '3', '4', '5', '6'] }, 'fallbackPaymentMethodTokens'],
  ['no outcome', { simulateOutcome: 'maybe' }, 'simulateOutcome'],
] // prettier-ignore

story('bad input is refused by its field, and nothing is recorded', async (world, biller) => {
  const before = await world.house.countRows()
  for (const [what, body, field] of refusedBodies) {
    const answer = await biller.execute(failed(body))
    assert.deepEqual([what, answer.status, answer.at('field')], [what, 400, field])
  }
  for (const key of ['', 'a%00b', 'k'.repeat(129)]) {
    const answer = await biller.call('GET', `/api/recovery/status?idempotencyKey=${key}`)
    assert.deepEqual([answer.status, answer.at('field')], [400, 'idempotencyKey'])
  }
  assert.deepEqual(await world.house.countRows(), before)
})

story('simulated outcomes answer and tell as real ones do, and charge nothing', async (_, it) => {
  const won = failed({ idempotencyKey: 'inv-1', simulateOutcome: 'success' })
  const first = await it.execute(won)
  assert.equal(first.status, 200)
  assert.partialDeepStrictEqual(first.body, {
    success: true,
    error: null,
    strategyUsed: 'primary',
    gatewaysAttempted: 1,
  })
  assert.deepEqual(Object.keys(Object(first.at('ai'))).toSorted(), ['confidence', 'dataSource', 'reasoning', 'score']) // prettier-ignore
  const transactionId = first.text('transactionId')

  const lost = await it.execute(failed({ simulateOutcome: 'failed', foo: 1 }))
  assert.deepEqual([lost.status, lost.at('success'), typeof lost.at('error')], [200, false, 'string']) // prettier-ignore
  const lostStatus = await it.call('GET', `/api/recovery/status/${lost.text('transactionId')}`)
  assert.equal(lostStatus.at('status'), 'failed')
  assert.ok(ACTIONS.includes(lostStatus.text('recommendedAction')))
  assert.equal(typeof lostStatus.at('recommendedActionReason'), 'string')
  const blocked = await it.execute(failed({ simulateOutcome: 'blocked' }))
  assert.deepEqual([blocked.status, blocked.at('action'), typeof blocked.at('declineCode')], [403, 'blocked', 'string']) // prettier-ignore
  assert.equal((await it.execute(failed({ amount: 44 }))).at('success'), false)

  const hooks = await it.hooks()
  assert.deepEqual(hooks.map(({ event }) => event).toSorted(), ['recovery.blocked', 'recovery.failed', 'recovery.failed', 'recovery.success']) // prettier-ignore
  const success = hooks.find(({ event }) => event === 'recovery.success')
  assert.equal(success?.at('revtainTransactionId'), transactionId)
  assert.deepEqual([success?.at('amount'), success?.at('currency')], [5000, 'USD'])
  assert.deepEqual([success?.at('strategyUsed'), typeof success?.at('message')], ['primary', 'string']) // prettier-ignore
  for (const hook of hooks.filter((one) => one !== success)) {
    assert.ok(ACTIONS.includes(String(hook.at('recommendedAction'))), hook.raw)
    assert.doesNotMatch(hook.raw, /email|https?:/i)
  }

  const again = await it.execute(won)
  assert.equal(again.status, 409)
  assert.equal(again.at('existingTransactionId'), transactionId)
  assert.equal(again.at('existingStatus'), 'succeeded')
  const shown = await it.call('GET', `/api/recovery/status/${transactionId}`)
  assert.partialDeepStrictEqual(shown.body, {
    status: 'succeeded',
    recovered: true,
    attemptCount: 1,
  })
  assert.equal(shown.at('recommendedAction'), undefined)
  const byKey = await it.call('GET', '/api/recovery/status?idempotencyKey=inv-1')
  assert.deepEqual(byKey.body, shown.body)
})

story('the same card and amount is the same charge for five minutes', async (world, biller) => {
  const body = failed({ originalDeclineCode: 'do_not_honor' })
  assert.equal((await biller.execute({ ...body, idempotencyKey: 'a' })).status, 200)
  assert.equal((await biller.execute({ ...body, idempotencyKey: 'b' })).status, 409)
  assert.equal((await biller.execute({ ...body, amount: 5001 })).status, 200)
  await world.api.post('/test-clock/advance', { seconds: 301 })
  assert.equal((await biller.execute({ ...body, idempotencyKey: 'b' })).status, 200)
})

story('twenty at the same moment are one charge', async (world, biller) => {
  const body = failed({ idempotencyKey: 'inv-20', originalDeclineCode: 'do_not_honor' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => biller.execute(body)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.equal(answers.filter(({ status }) => status === 409).length, 19)
  assert.equal((await world.charges()).length, 1)
  assert.deepEqual(
    (await biller.hooks()).map(({ event }) => event),
    ['recovery.success'],
  )
})

story('sixty calls in a minute and no more', async (_, biller) => {
  for (let call = 0; call < 60; call += 1)
    assert.equal((await biller.execute(failed({ simulateOutcome: 'success' }))).status, 200)
  const answer = await biller.execute(failed())
  assert.deepEqual([answer.status, answer.at('retryAfter')], [429, '60 seconds'])
  assert.equal(answer.headers['retry-after'], '60')
})

const codes: readonly (readonly [code: string | null, status: number, charges: number, event: string | null, action?: string, told?: string])[] = [
  ['do_not_honor', 200, 1, 'recovery.success'],
  ['gateway_timeout', 200, 1, 'recovery.success'],
  ['some_new_code', 200, 1, 'recovery.success'],
  [null, 200, 1, 'recovery.success'],
  ['insufficient_funds', 202, 0, null],
  ['expired_card', 202, 0, null],
  ['116', 202, 0, null],
  ['101', 202, 0, null],
  ['invalid_account', 200, 0, 'recovery.failed', 'request_card_update'],
  ['authentication_required', 403, 0, 'recovery.blocked', 'request_card_update'],
  ['fraudulent', 403, 0, 'recovery.blocked', 'manual_review'],
  ['lost_card', 403, 0, 'recovery.blocked', 'manual_review'],
  ['pickup_card', 403, 0, 'recovery.blocked', 'manual_review'],
  ['restricted_card', 403, 0, 'recovery.blocked', 'manual_review'],
  ['fraud_suspected', 403, 0, 'recovery.blocked', 'manual_review'],
  ['102', 403, 0, 'recovery.blocked', 'manual_review', 'fraudulent'],
  ['revocation_of_authorization', 200, 0, 'recovery.failed', 'manual_review'],
] // prettier-ignore

for (const [code, status, charges, event, action, told = code] of codes) {
  story(`handed over with ${code}: ${status}, charges: ${charges}`, async (world, biller) => {
    const answer = await biller.execute(failed({ originalDeclineCode: code }))
    assert.equal(answer.status, status)
    assert.equal((await world.charges()).length, charges)
    assert.deepEqual(
      (await biller.hooks()).map((hook) => [hook.event, hook.at('recommendedAction')]),
      event === null ? [] : [[event, action]],
    )
    if (status === 202) assert.deepEqual([answer.at('status'), typeof answer.at('message')], ['queued', 'string']) // prettier-ignore
    if (status === 403) assert.equal(answer.at('declineCode'), told)
  })
}

story('what waits for money is tried when it is due, and told once', async (world, biller) => {
  // Where its gateway tells of another zone than the biller did, it may be moved within the day.
  const body = failed({ originalDeclineCode: 'insufficient_funds', cardOrigin: 'US' })
  const answer = await biller.execute(body)
  const id = answer.text('transactionId')
  const before = await biller.call('GET', `/api/recovery/status/${id}`)
  assert.partialDeepStrictEqual(before.body, {
    status: 'unknown',
    recovered: false,
    recommendedAction: 'monitor',
    state: 'queued',
    nextAttemptAt: answer.at('scheduledFor'),
  })
  await world.goTo('2027-02-10')
  const [hook, ...more] = await biller.hooks()
  assert.deepEqual([hook?.event, hook?.at('trigger'), more.length], ['recovery.success', 'scheduled_retry', 0]) // prettier-ignore
  const after = await biller.call('GET', `/api/recovery/status/${id}`)
  assert.equal(after.at('recoveredAt'), answer.at('scheduledFor'))
})

story('a billing day steers the retry of a biller that is new', async (_, biller) => {
  const answer = await biller.execute(failed({ originalDeclineCode: 'insufficient_funds' }))
  assert.equal(answer.at('scheduledFor'), '2027-01-20T09:30:00.000Z')
}, { billing_cycle_day: 20 }) // prettier-ignore

story('a card that is never approved is tried at most eight times, and ends once', async (world, it) => {
  const body = failed({ paymentMethodToken: 'tok_decline_do_not_honor', customerEmail: 'Ada@example.com' })
  const answer = await it.execute({ ...body, originalDeclineCode: 'do_not_honor' })
  assert.deepEqual([answer.status, answer.at('success')], [200, false])
  await world.goTo('2027-02-10')
  const hooks = await it.hooks()
  assert.deepEqual(hooks.map(({ event }) => event), ['recovery.failed'])
  assert.equal(hooks[0]?.at('recommendedAction'), 'retry_later')
  assert.equal(hooks[0]?.raw.includes('example.com'), false)
  const charges = (await world.charges()).length
  assert.ok(charges > 1 && charges <= 8, `${charges} charges`)
  const wall = await it.call('GET', '/api/recovery/paywall-status?customerEmail=ada%40example.com', { key: it.publishableKey }) // prettier-ignore
  assert.partialDeepStrictEqual(wall.body, { isPastDue: true, totalOwedCents: 5000, failedPaymentCount: 1 })
}) // prettier-ignore

story('a network that forbids another try is obeyed', async (world, biller) => {
  await biller.execute(failed({ paymentMethodToken: 'tok_advice_03', originalDeclineCode: 'do_not_honor' })) // prettier-ignore
  await world.goTo('2027-02-10')
  assert.equal((await world.charges()).length, 1)
  assert.deepEqual(
    (await biller.hooks()).map(({ event }) => event),
    ['recovery.failed'],
  )
})

story('63: a card that was declined as often as its network allows is charged no more', async (world, biller) => {
  const execute = async (customerPresent = true) => {
    await world.api.post('/test-clock/advance', { seconds: 301 })
    return biller.execute({ paymentMethodToken: 'tok_decline_do_not_honor', amount: 5000, customerPresent, originalDeclineCode: 'do_not_honor' }) // prettier-ignore
  }
  // Visa lets one amount be tried 15 times in 30 days, and the biller's own refused tries count: 7 of ours and 8 of theirs.
  for (let call = 1; call <= 7; call += 1) assert.equal((await execute()).at('gatewaysAttempted'), 1)
  const charged = (await world.charges()).length
  assert.equal(charged, 7)
  await biller.hooks()
  const answer = await execute()
  assert.deepEqual([answer.status, answer.at('success'), answer.at('gatewaysAttempted')], [200, false, 0]) // prettier-ignore
  assert.equal((await world.charges()).length, charged)
  const hooks = await biller.hooks()
  assert.deepEqual(hooks.map((hook) => [hook.event, hook.at('recommendedAction')]), [['recovery.failed', 'request_card_update']]) // prettier-ignore
  // What the merchant tries alone is counted by itself.
  const alone = await execute(false)
  assert.deepEqual([alone.at('gatewaysAttempted'), (await world.charges()).length], [1, charged + 1]) // prettier-ignore
}) // prettier-ignore

story(
  'who waits is answered within 10 seconds, though the gateway is not done',
  async (world, biller) => {
    const beganAt = performance.now()
    const answer = await biller.execute(failed({ paymentMethodToken: 'tok_slow_9600', customerPresent: true, idempotencyKey: 'slow' })) // prettier-ignore
    const tookMs = performance.now() - beganAt
    // The gateway answers after 9.6 seconds: whoever waited for that would hear of success.
    assert.deepEqual([answer.status, answer.at('status')], [202, 'unknown'])
    assert.ok(tookMs > 8_500, `${tookMs} ms`)
    world.house.clock.moveOn(60_000)
    await world.goTo('2027-01-02')
    assert.equal((await world.charges()).length, 1)
    assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['recovery.success']) // prettier-ignore
  },
)

story('a network that asks for two days gets them', async (_, biller) => {
  const answer = await biller.execute(failed({ paymentMethodToken: 'tok_advice_26', originalDeclineCode: 'do_not_honor' })) // prettier-ignore
  assert.equal(answer.status, 200)
  assert.ok(answer.text('nextAttemptAt') >= '2027-01-03T00:00:00.000Z')
})

story(
  'an answer that got lost is asked for, and nothing is charged twice',
  async (world, biller) => {
    const { clock } = world.house
    const answer = await biller.execute(failed({ paymentMethodToken: 'tok_timeout_charged', idempotencyKey: 'lost' })) // prettier-ignore
    assert.deepEqual([answer.status, answer.at('status')], [202, 'unknown'])
    const asked = await biller.call('GET', '/api/recovery/status?idempotencyKey=lost')
    assert.partialDeepStrictEqual(asked.body, { status: 'unknown', recovered: false, recommendedAction: 'monitor' }) // prettier-ignore
    assert.equal((await biller.execute({ ...failed(), idempotencyKey: 'lost' })).at('existingStatus'), 'unknown') // prettier-ignore
    clock.moveOn(60_000)
    await world.goTo('2027-01-02')
    assert.equal((await world.charges()).length, 1)
    const hooks = await biller.hooks()
    assert.deepEqual(hooks.map((hook) => [hook.event, hook.at('trigger')]), [['recovery.success', 'reconciliation']]) // prettier-ignore
  },
)

story('whoever waits is answered now: a retry, a fallback or a link, never a queue', async (world, it) => {
  const present = (more: object) => it.execute(failed({ customerPresent: true, ...more }))
  const expired = await present({ originalDeclineCode: 'expired_card' })
  assert.deepEqual([expired.status, expired.at('success'), expired.at('gatewaysAttempted')], [200, false, 0]) // prettier-ignore
  assert.match(expired.text('cardUpdateUrl'), /\/api\/recovery\/update-card\/\w{32,}$/)
  const livesMs = Date.parse(expired.text('cardUpdateExpiresAt')) - world.house.clock.now()
  assert.ok(livesMs > 3_500_000 && livesMs <= 3_600_000, `${livesMs} ms`)

  const short = 'insufficient_funds'
  const declined = await present({ originalDeclineCode: short, paymentMethodToken: `tok_decline_${short}` }) // prettier-ignore
  assert.deepEqual([declined.status, declined.at('success')], [200, false])
  assert.equal(typeof declined.at('cardUpdateUrl'), 'string')
  const approved = await present({ originalDeclineCode: short })
  assert.deepEqual([approved.at('success'), approved.at('cardUpdateUrl')], [true, undefined])
  const fraud = await present({ originalDeclineCode: 'fraudulent' })
  assert.deepEqual([fraud.status, fraud.at('cardUpdateUrl')], [403, undefined])
  const trial = await it.execute(failed({ isTrialConversion: true, originalDeclineCode: short }))
  assert.equal(trial.status, 200)
  await world.goTo('2027-02-10')
  assert.equal((await world.charges()).length, 3)
  // Who was there paid it; the trial's first charge was won by the service alone.
  const numbers = await world.api.get('/analytics/recovery/summary?source=outside&group_by=won_by&from=2027-01-01T00:00:00Z')
  const groups = numbers.at('data.groups') as { key: string | null; recovered: number }[]
  const won = groups.filter(({ key }) => key !== null).map(({ key, recovered }) => `${key} ${recovered}`)
  assert.deepEqual(won.toSorted(), ['payer 1', 'retry 1'])
}) // prettier-ignore

story('a customer who is there authenticates; nobody else is waited for', async (world, biller) => {
  const { clock } = world.house
  const asked = (more: object) => biller.execute(failed({ paymentMethodToken: 'tok_authenticate', ...more })) // prettier-ignore
  // Without a way back nobody is sent anywhere, and absent customers have nobody to send.
  const here = { customerPresent: true, amount: 5001 }
  for (const more of [here, { returnUrl: 'https://shop.example/back', amount: 5002 }]) {
    const answer = await asked(more)
    assert.deepEqual(
      [answer.status, answer.at('declineCode'), answer.at('nextAction'), answer.at('cardUpdateUrl')],
      [403, 'authentication_required', undefined, undefined],
    )
    const status = await biller.call('GET', `/api/recovery/status/${answer.text('transactionId')}`)
    assert.partialDeepStrictEqual(status.body, { status: 'blocked', recommendedAction: 'request_card_update' }) // prettier-ignore
  }
  await world.goTo('2027-02-10')
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['recovery.blocked', 'recovery.blocked']) // prettier-ignore
  assert.equal((await world.charges()).length, 2)
  const nonsense = await asked({ customerPresent: true, returnUrl: 'shop' })
  assert.deepEqual([nonsense.status, nonsense.at('field')], [400, 'returnUrl'])

  const wayBack = { customerPresent: true, returnUrl: 'https://shop.example/back' }
  // Whoever takes another card instead pays with that, and nobody is asked about the first one any more.
  const waiting = await asked({ ...wayBack, amount: 5200 })
  const given = await giveCard(biller, await linkOf(biller, 'tok_authenticate'))
  assert.equal(given.at('result'), 'paid', JSON.stringify(given.body))
  await fetch(waiting.text('nextAction.url'), { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) }) // prettier-ignore
  const shown = await biller.call('GET', `/api/recovery/status/${waiting.text('transactionId')}`)
  assert.equal(shown.at('status'), 'succeeded')
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['card.updated', 'recovery.success']) // prettier-ignore

  const outcomes = { failed: ['blocked', 'recovery.blocked'], nobody: ['blocked', 'recovery.blocked'], succeeded: ['succeeded', 'recovery.success'] } as const // prettier-ignore
  for (const [index, result] of (['failed', 'nobody', 'succeeded'] as const).entries()) {
    const answer = await asked({ ...wayBack, amount: 5100 + index })
    assert.deepEqual([answer.status, answer.at('status'), answer.at('state')], [202, 'unknown', 'requires_action']) // prettier-ignore
    const path = `/api/recovery/status/${answer.text('transactionId')}`
    clock.moveOn(60_000)
    await world.goTo('2027-02-11')
    const open = await biller.call('GET', path)
    assert.partialDeepStrictEqual(open.body, { status: 'unknown', state: 'requires_action' })
    assert.deepEqual(open.at('nextAction'), answer.at('nextAction'))
    assert.deepEqual(await biller.hooks(), [])
    const page = answer.text('nextAction.url')
    if (result === 'nobody') clock.moveOn(3_600_000)
    else await fetch(page, { method: 'POST', body: new URLSearchParams({ result }) })
    clock.moveOn(600_000)
    await world.goTo('2027-02-11')
    const [status, event] = outcomes[result]
    assert.deepEqual([(await biller.call('GET', path)).at('status'), (await biller.hooks()).map((hook) => hook.event)], [status, [event]], result) // prettier-ignore
    assert.equal((await biller.call('GET', path)).at('nextAction'), undefined)
  }
}) // prettier-ignore

story('a fallback is charged when the first card cannot work', async (world, biller) => {
  const answer = await biller.execute({
    paymentMethodToken: 'tok_decline_do_not_honor',
    fallbackPaymentMethodTokens: [freshToken()],
    amount: 5000,
  })
  assert.partialDeepStrictEqual(answer.body, { success: true, gatewaysAttempted: 2, strategyUsed: 'fallback' }) // prettier-ignore
  assert.equal((await world.charges()).length, 2)
  assert.equal((await biller.hooks())[0]?.at('trigger'), 'fallback_token')
})

story('a process that dies between charge and answer charges once', async (world, biller) => {
  const { kysely } = world.house.database
  const answer = await biller.execute(failed({ originalDeclineCode: 'do_not_honor' }))
  assert.deepEqual((await biller.hooks()).length, 1)
  // As the database stood when the charge was out: nothing of what came after it was committed.
  await kysely.deleteFrom('recovery_deliveries').where('account_id', '=', world.accountId).execute()
  await kysely
    .updateTable('outside_attempts')
    .set({ state: 'sending', gateway_reference: null, settled_at: null })
    .set({ lease_until: world.house.clock.now() })
    .where('account_id', '=', world.accountId)
    .execute()
  await kysely
    .updateTable('outside_recoveries')
    .set({ state: 'attempting', closed_at: null, gateway_reference: null })
    .where('account_id', '=', world.accountId)
    .execute()
  await world.goTo('2027-01-02')
  assert.equal((await world.charges()).length, 1)
  const hooks = await biller.hooks()
  assert.deepEqual(hooks.map((hook) => [hook.event, hook.at('trigger')]), [['recovery.success', 'reconciliation']]) // prettier-ignore
  const shown = await biller.call('GET', `/api/recovery/status/${answer.text('transactionId')}`)
  assert.partialDeepStrictEqual(shown.body, { status: 'succeeded', attemptCount: 1 })
})

story('a biller sees its own recoveries alone', async (world, biller) => {
  const other = await openBiller(await world.otherWorld())
  const answer = await biller.execute(failed({ idempotencyKey: 'mine', simulateOutcome: 'success' })) // prettier-ignore
  const paths = [`/${answer.text('transactionId')}`, '?idempotencyKey=mine', '/nonsense']
  for (const path of paths)
    assert.equal((await other.call('GET', `/api/recovery/status${path}`)).status, 404)
  assert.equal((await other.call('GET', '/api/recovery/status')).status, 400)
  await other.close()
})

story('what forces an outcome does nothing on a live account', async (world, biller) => {
  const created = await fetch(`${world.house.service.url}/v2/recovery/clients`, {
    method: 'POST',
    headers: { 'x-api-key': world.liveKey, 'content-type': 'application/json' },
    body: '{}',
  })
  const live: unknown = await created.json()
  const key = String(Reflect.get(Object(Reflect.get(Object(live), 'data')), 'api_key'))
  const path = '/api/recovery/execute'
  const small = await biller.call('POST', path, { key, body: failed({ amount: 44 }) })
  assert.deepEqual([small.status, small.at('field')], [400, 'amount'])
  // It has no gateway yet, which a simulated outcome would not have minded.
  const forced = await biller.call('POST', path, { key, body: failed({ simulateOutcome: 'success' }) }) // prettier-ignore
  assert.deepEqual([forced.status, forced.at('field')], [400, 'paymentMethodToken'])

  // With one, it is classified and charged as if nothing had been asked for.
  const { kysely } = world.house.database
  const become = async (change: object): Promise<void> =>
    void (await kysely
      .updateTable('accounts')
      .set(change)
      .where('id', '=', world.accountId)
      .execute())
  const held = await kysely.selectFrom('accounts').select('clock_held_at').where('id', '=', world.accountId).executeTakeFirstOrThrow() // prettier-ignore
  await become({ environment: 'live', clock_held_at: null })
  const simulateOutcome = 'success'
  const fraud = await biller.execute(failed({ simulateOutcome, originalDeclineCode: 'fraudulent' }))
  assert.deepEqual([fraud.status, fraud.at('declineCode')], [403, 'fraudulent'])
  const paymentMethodToken = 'tok_decline_invalid_account'
  const refused = await biller.execute(failed({ simulateOutcome, paymentMethodToken }))
  assert.deepEqual([refused.status, refused.at('success'), refused.at('gatewaysAttempted')], [200, false, 1]) // prettier-ignore
  await become({ environment: 'sandbox', ...held })
  assert.equal((await world.charges()).length, 1)
})
