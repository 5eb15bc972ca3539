import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deliverRevolv3, signatureOf } from '../../packages/server/src/compat/revolv3/index.ts'
import { ALSO_GOOD, BODY, GOOD, named, simple, SOFT, story, type Merchant } from './merchant.ts'

const KEY = 'whk_test_key'
const HOUR_MS = 3_600_000

/** A receiver, and what it has been told. */
async function listen(one: Merchant) {
  let seen: { raw: string; signature: string }[] = []
  let answers: number[] = []
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = []
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('end', () => {
      const signature = String(request.headers['x-revolv3-signature'])
      seen.push({ raw: Buffer.concat(chunks).toString(), signature })
      response.writeHead(answers.shift() ?? 200).end()
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
        message: JSON.parse(envelope.Body) as Record<string, any>,
      }
    })
    seen = []
    return taken
  }
  return {
    url,
    take,
    answerWith: (...statuses: number[]) => void (answers = statuses),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

const typesOf = (told: { message: Record<string, any> }[]) =>
  told.map(({ message }) => String(message['EventType'])).toSorted()

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
    const of = (type: string) => told.find(({ message }) => message['EventType'] === type)?.message
    assert.equal(of('InvoiceStatusChanged')?.['Invoice'].InvoiceStatus, 'Paid')
    assert.equal(of('InvoiceCreated')?.['Invoice'].InvoiceStatus, 'RecurringPending')
    assert.equal(
      of('SubscriptionCreated')?.['Subscription'].SubscriptionId,
      made.at('subscriptionId'),
    )
    assert.equal(of('InvoiceAttemptCreated')?.['InvoiceAttempt'].InvoiceAttemptStatus, 'Success')
    await one.post(`/api/Subscriptions/${String(made.at('subscriptionId'))}/cancel`)
    assert.deepEqual(typesOf(await receiver.take()), ['SubscriptionChanged'])

    await one.must(
      422,
      'POST',
      '/api/Subscriptions',
      simple({ paymentMethods: [named('tok_decline_generic_decline')] }),
    )
    assert.ok(typesOf(await receiver.take()).includes('SubscriptionFailed'))

    const cards = [named('tok_decline_after_1_insufficient_funds')] // 58
    const recycled = await one.createSubscription({ paymentMethods: cards })
    await receiver.take()
    await one.goTo('2027-10-08')
    await one.goTo('2027-10-30')
    const later = await receiver.take()
    assert.deepEqual(
      later
        .filter(({ message }) => message['EventType'] === 'InvoiceStatusChanged')
        .map(({ message }) => message['Invoice'].InvoiceStatus),
      ['Recycle', 'Noncollectable'],
    )
    assert.deepEqual(
      later
        .filter(({ message }) => message['EventType'] === 'SubscriptionChanged')
        .map(({ message }) => message['Subscription'].SubscriptionStatusType),
      ['Recycle', 'Cancelled'],
    )
    assert.ok(
      later.every(
        ({ message }) =>
          message['Subscription'] === undefined ||
          message['Subscription'].SubscriptionId === recycled.at('subscriptionId'),
      ),
    )

    const vaulted = await one.createSubscription({}) // 59
    await receiver.take()
    receiver.answerWith(500, 500, 200)
    await one.patch(`/api/Subscriptions/${String(vaulted.at('subscriptionId'))}`, {
      merchantSubscriptionRefId: 'again',
    })
    const first = await receiver.take()
    one.world.house.clock.moveOn(HOUR_MS)
    const second = await receiver.take()
    const entropies = [...first, ...second].map(({ entropy }) => entropy)
    assert.deepEqual([first.length, entropies.length, new Set(entropies).size], [1, 3, 1])
    one.world.house.clock.moveOn(HOUR_MS)
    assert.deepEqual(await receiver.take(), [])
  } finally {
    await receiver.close()
  }
})

story(
  'card numbers and security codes are nowhere in the database, the outbox or the log',
  async (one) => {
    await one.must(201, 'POST', '/api/Subscriptions', BODY)
    await one.call(
      'POST',
      '/api/Subscriptions',
      simple({ paymentMethods: [named('x'), { creditCard: { paymentAccountNumber: SOFT } }] }),
    )
    await one.post('/api/Subscriptions/pan-lookup', { paymentAccountNumber: GOOD })
    const { kysely } = one.world.house.database
    const tables = await kysely
      .selectFrom(kysely.dynamic.table('pg_tables').as('t') as never)
      .select('tablename' as never)
      .where('schemaname' as never, '=', 'public' as never)
      .execute()
    assert.ok(tables.length > 50)
    for (const { tablename } of tables as { tablename: string }[]) {
      const rows = await kysely
        .selectFrom(kysely.dynamic.table(tablename as never).as('t') as never)
        .selectAll()
        .execute()
      const text = JSON.stringify(rows, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      for (const number of [GOOD, ALSO_GOOD, SOFT])
        assert.ok(!text.includes(number), `${tablename} holds a card number`)
    }
  },
)
