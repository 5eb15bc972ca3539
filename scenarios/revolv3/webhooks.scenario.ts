import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deliverRevolv3, signatureOf } from '../../packages/server/src/compat/revolv3/index.ts'
import { toAnswer, type Answer } from '@perennial/testkit'
import { BODY, GOOD, HARD, method, named, simple, SOFT, story, type Merchant } from './merchant.ts' // prettier-ignore

const KEY = 'whk_test_key'
const MINUTE_MS = 60_000

/** A receiver, and what it has been told. */
async function listen(one: Merchant) {
  let seen: { raw: string; signature: string }[] = []
  let answers: number[] = []
  let held = Promise.resolve()
  let expected: { readonly count: number; resolve(): void } | null = null
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = []
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('end', () => {
      const signature = String(request.headers['x-revolv3-signature'])
      seen.push({ raw: Buffer.concat(chunks).toString(), signature })
      if (seen.length === expected?.count) expected.resolve()
      const status = answers.shift() ?? 200
      void held.then(() => response.writeHead(status).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/hooks/billing`
  const take = async () => {
    while ((await deliverRevolv3(one.world.house.service.billing)) > 0);
    const taken = seen.map(({ raw, signature }) => {
      assert.equal(signature, signatureOf(KEY, { url, body: raw }))
      const envelope = JSON.parse(raw) as { Body: string; Entropy: string }
      return {
        entropy: envelope.Entropy,
        message: toAnswer(200, {}, JSON.parse(envelope.Body)),
      }
    })
    seen = []
    return taken
  }
  return {
    url,
    take,
    answerWith: (...statuses: number[]) => void (answers = statuses),
    /** Answers nobody until then. */
    hold: (until: Promise<void>) => void (held = until),
    haveCome: (count: number) => new Promise<void>((resolve) => (expected = { count, resolve })),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

const typesOf = (told: readonly { readonly message: Answer }[]) =>
  told.map(({ message }) => message.text('EventType')).toSorted()

story('55: the example of the signature holds, and one changed byte does not', async () => {
  const url = 'https://merchant.example/hooks/billing'
  const body =
    '{"Body":"{\\"EventType\\":\\"WebhookTest\\"}","Entropy":"00000000-0000-0000-0000-000000000001"}'
  assert.equal(signatureOf(KEY, { url, body }), '4EpKjaYXWKVDcF35ZPHjbZXe2HkGXnrefX0NfTBGNJY=')
  assert.notEqual(
    signatureOf(KEY, { url, body: body.replace('1"', '2"') }),
    '4EpKjaYXWKVDcF35ZPHjbZXe2HkGXnrefX0NfTBGNJY=',
  )
})

story('56 to 59: an address is tested, told of everything once, and tried again', async (one) => {
  const receiver = await listen(one)
  try {
    const { api } = one.world
    receiver.answerWith(500) // 56
    const refused = await api.call('PUT', '/settings/revolv3', {
      body: { webhook_url: receiver.url, webhook_key: KEY },
    })
    assert.equal(refused.status, 400)
    assert.equal((await api.get('/settings/revolv3')).at('data.webhook_url'), null)
    const saved = await api.call('PUT', '/settings/revolv3', {
      body: { webhook_url: receiver.url, webhook_key: KEY },
    })
    assert.equal(saved.status, 200, JSON.stringify(saved.body))
    assert.deepEqual(typesOf(await receiver.take()), ['WebhookTest', 'WebhookTest'])

    const made = await one.must(201, 'POST', '/api/Subscriptions', BODY) // 57
    const told = await receiver.take()
    assert.deepEqual(typesOf(told), [
      'InvoiceAttemptCreated',
      'InvoiceCreated',
      'InvoiceStatusChanged',
      'SubscriptionCreated',
    ])
    const of = (type: string) =>
      told.find(({ message }) => message.at('EventType') === type)?.message
    assert.equal(of('InvoiceStatusChanged')?.at('Invoice.InvoiceStatus'), 'Paid')
    assert.equal(of('InvoiceCreated')?.at('Invoice.InvoiceStatus'), 'RecurringPending')
    assert.equal(
      of('SubscriptionCreated')?.at('Subscription.SubscriptionId'),
      made.at('subscriptionId'),
    )
    assert.equal(of('InvoiceAttemptCreated')?.at('InvoiceAttempt.InvoiceAttemptStatus'), 'Success')
    await one.post(`/api/Subscriptions/${String(made.at('subscriptionId'))}/cancel`)
    assert.deepEqual(typesOf(await receiver.take()), ['SubscriptionChanged'])
    const [begun] = await one.invoicesOf(made.at('subscriptionId'))
    await one.post(`/api/Payments/void/${String(begun?.at('invoiceId'))}`)
    const [voided, ...more] = await receiver.take()
    assert.deepEqual(
      ['EventType', 'Invoice.InvoiceStatus'].map((name) => voided?.message.at(name)),
      ['InvoiceStatusChanged', 'Void'],
    )
    assert.deepEqual(more, [])

    for (const paymentMethods of [
      [method(HARD), method(GOOD, { priority: 1 })], // 28
      [method(SOFT)], // 31
    ]) {
      await one.must(422, 'POST', '/api/Subscriptions', simple({ paymentMethods }))
      const refusal = await receiver.take()
      assert.deepEqual(linesOf(refusal).toSorted(), [
        'InvoiceAttemptCreated Declined',
        'InvoiceCreated RecurringPending',
        'InvoiceStatusChanged Noncollectable',
        'SubscriptionFailed Cancelled',
      ])
      const failed = refusal.find(({ message }) => message.at('EventType') === 'SubscriptionFailed')
      const id = String(failed?.message.at('Subscription.SubscriptionId'))
      await one.must(404, 'GET', `/api/Subscriptions/${id}`)
    }

    const cards = [
      named('tok_decline_after_1_insufficient_funds'),
      named('tok_decline_insufficient_funds', { priority: 1 }),
    ] // prettier-ignore // 58
    const recycled = await one.createSubscription({ paymentMethods: cards })
    await receiver.take()
    await one.goTo('2027-10-08')
    await one.goTo('2027-10-30')
    const later = await receiver.take()
    assert.deepEqual(
      later
        .filter(({ message }) => message.at('EventType') === 'InvoiceStatusChanged')
        .map(({ message }) => message.at('Invoice.InvoiceStatus')),
      ['Recycle', 'Noncollectable'],
    )
    assert.deepEqual(
      later
        .filter(({ message }) => message.at('EventType') === 'SubscriptionChanged')
        .map(({ message }) => message.at('Subscription.SubscriptionStatusType')),
      ['Recycle', 'Cancelled'],
    )
    const about = later.map(({ message }) => message.at('Subscription.SubscriptionId') ?? message.at('Invoice.SubscriptionId')) // prettier-ignore
    assert.deepEqual(
      new Set(about.filter((id) => id !== undefined)),
      new Set([recycled.at('subscriptionId')]),
    )
    const counts = Object.entries(Object.groupBy(typesOf(later), (type) => type))
    assert.deepEqual(
      counts.map(([type, list]) => [type, list?.length]),
      [
        ['InvoiceAttemptCreated', 32], // sixteen runs over two cards
        ['InvoiceCreated', 1],
        ['InvoiceStatusChanged', 2],
        ['SubscriptionChanged', 2],
      ],
    )

    const vaulted = await one.createSubscription({}) // 59
    await receiver.take()
    receiver.answerWith(500, 500, 200)
    await one.patch(`/api/Subscriptions/${String(vaulted.at('subscriptionId'))}`, {
      merchantSubscriptionRefId: 'again',
    })
    const seen: Awaited<ReturnType<typeof receiver.take>>[] = [await receiver.take()]
    // Not before a minute, then once; not before five minutes, then once; and no more.
    for (const minutes of [0.5, 0.6, 3, 1, 60]) {
      one.world.house.clock.moveOn(minutes * MINUTE_MS)
      seen.push(await receiver.take())
    }
    assert.deepEqual(
      seen.map((taken) => taken.length),
      [1, 0, 1, 0, 1, 0],
    )
    const sent = seen.flat()
    assert.equal(new Set(sent.map(({ entropy }) => entropy)).size, 1)
    assert.equal(new Set(sent.map(({ message }) => JSON.stringify(message.body))).size, 1)
  } finally {
    await receiver.close()
  }
})

/** What was told, oldest first: event, object's status. */
const linesOf = (told: readonly { readonly message: Answer }[]) =>
  told.map(({ message }) => {
    const status = ['Invoice.InvoiceStatus', 'InvoiceAttempt.InvoiceAttemptStatus', 'Subscription.SubscriptionStatusType']
      .map((name) => message.at(name))
      .find((found) => typeof found === 'string') // prettier-ignore
    return `${message.text('EventType')} ${status ?? ''}`
  })

story('a debit that waits is told as it waits and as it ends; so are refunds', async (one) => {
  const receiver = await listen(one)
  try {
    const settings = { webhook_url: receiver.url, webhook_key: KEY }
    assert.equal((await one.world.api.call('PUT', '/settings/revolv3', { body: settings })).status, 200) // prettier-ignore
    await receiver.take()
    const { creditCard: _, ...person } = method(GOOD) as { creditCard: unknown }
    const accounts = ['000123456780', '000123456789'] // The second is returned (spec/revolv3.md 15).
    const debits = accounts.map((accountNumber) => ({
      ...person,
      ach: { routingNumber: '110000000', accountNumber, accountType: 'Checking' },
    }))
    const [good, bad] = debits.map((debit) => simple({ paymentMethods: [debit] }))
    const made = await one.must(201, 'POST', '/api/Subscriptions', good)
    const waiting = await receiver.take()
    assert.deepEqual(linesOf(waiting).toSorted(), [
      'InvoiceAttemptCreated Pending',
      'InvoiceCreated RecurringPending',
      'InvoiceStatusChanged Pending',
      'SubscriptionCreated Current',
    ])
    await one.goTo('2027-09-17')
    assert.deepEqual(linesOf(await receiver.take()).toSorted(), [
      'InvoiceAttemptStatusChanged Success',
      'InvoiceStatusChanged Paid',
    ])
    const [paid] = await one.invoicesOf(made.at('subscriptionId'))
    const path = `/api/Invoices/${String(paid?.at('invoiceId'))}`
    const back = await one.post(`${path}/refund`, { amount: 4 })
    assert.equal(back.at('invoice.invoiceStatus'), 'RefundPending')
    const listed = (await one.get('/api/Invoices/v1?billingStartDate=2027-09-17')).body
    assert.deepEqual(listed, [back.at('invoice')], 'a refund is an invoice, listed on its day')
    assert.deepEqual(linesOf(await receiver.take()), ['InvoiceCreated RefundPending'])
    await one.goTo('2027-09-30')
    assert.deepEqual(linesOf(await receiver.take()), ['InvoiceStatusChanged PartialRefund'])

    const once = { subscriptionBillingPlans: [{ name: 'Once', value: 9, cycleCount: 1 }] }
    await one.must(201, 'POST', '/api/Subscriptions', simple(once))
    const spent = linesOf(await receiver.take()).filter((line) => line.startsWith('Subscription'))
    assert.deepEqual(spent, ['SubscriptionCreated Current', 'SubscriptionChanged Cancelled'])

    const disputed = simple({ paymentMethods: [named('tok_dispute_fraudulent')] })
    const charged = await one.must(201, 'POST', '/api/Subscriptions', disputed)
    await receiver.take()
    await one.goTo('2027-10-05')
    assert.deepEqual(linesOf(await receiver.take()), ['InvoiceStatusChanged Noncollectable'])
    const [taken] = await one.invoicesOf(charged.at('subscriptionId'))
    assert.equal(taken?.at('invoiceStatus'), 'Noncollectable', 'a chargeback has taken its money')
    for (const ended of [made, charged])
      await one.post(`/api/Subscriptions/${String(ended.at('subscriptionId'))}/cancel`)

    await one.must(201, 'POST', '/api/Subscriptions', bad)
    await receiver.take()
    await one.goTo('2027-10-16')
    const ended = linesOf(await receiver.take())
    assert.deepEqual(ended.toSorted(), [
      'InvoiceAttemptStatusChanged Declined',
      'InvoiceStatusChanged Noncollectable',
      'SubscriptionChanged Cancelled',
    ])
  } finally {
    await receiver.close()
  }
})

story('what waits behind receivers that hang is sent by one worker, and once', async (one) => {
  const receiver = await listen(one)
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  try {
    const settings = { webhook_url: receiver.url, webhook_key: KEY }
    const saved = await one.world.api.call('PUT', '/settings/revolv3', { body: settings })
    assert.equal(saved.status, 200)
    await receiver.take()
    // Three objects each: more than are posted to at once.
    for (let made = 0; made < 7; made += 1) await one.createSubscription({})
    receiver.hold(answered)
    const { billing } = one.world.house.service
    const first = deliverRevolv3(billing)
    await receiver.haveCome(16)
    one.world.house.clock.moveOn(40_000) // Four timeouts: the first worker may still be at it.
    const second = deliverRevolv3(billing)
    answer()
    await Promise.all([first, second])
    const told = await receiver.take()
    const sent = told.map(({ entropy }) => entropy)
    assert.ok(sent.length >= 28)
    assert.equal(new Set(sent).size, sent.length)
  } finally {
    answer()
    await receiver.close()
  }
})

story('a subscription is told of once as created, whenever its first bill is and whatever comes of it', async (one) => {
  const receiver = await listen(one)
  try {
    await one.world.api.call('PUT', '/settings/revolv3', {
      body: { webhook_url: receiver.url, webhook_key: KEY },
    })
    await receiver.take()
    const told = async () =>
      linesOf(await receiver.take()).filter((line) => line.startsWith('Subscription'))
    const plan = { name: 'Box', value: 10 }
    const paymentMethods = [method(SOFT)]
    await one.createSubscription({ paymentMethods, recycleImmediatePayment: true, subscriptionBillingPlans: [plan] })
    assert.deepEqual(await told(), ['SubscriptionCreated Recycle'])
    await one.createSubscription({ paymentMethods, subscriptionBillingPlans: [{ ...plan, startCycleDelay: 1 }] })
    assert.deepEqual(await told(), ['SubscriptionCreated Current'])
    await one.goTo('2027-10-08')
    // The first one has used its runs up meanwhile.
    assert.deepEqual((await told()).toSorted(), ['SubscriptionChanged Cancelled', 'SubscriptionChanged Recycle'])
  } finally {
    await receiver.close()
  }
}) // prettier-ignore
