import assert from 'node:assert/strict'
import { createServiceApi } from '../../packages/server/src/api.ts'
import { toAnswer } from '@perennial/testkit'
import { ALSO_GOOD, GOOD, simple, story, type Merchant } from './merchant.ts'

type Billing = Merchant['world']['house']['service']['billing']
type Found = NonNullable<Awaited<ReturnType<Billing['gateways']['find']>>>

/** Real processors each have a name of their own for a card; null: this one has none. */
function withOwnNames(
  { gateways, ...deps }: Billing,
  nameOf: (code: string, fingerprint: string | null) => string | null,
): Billing {
  const renaming = (found: Found): Found => {
    const { port, gateway } = found
    const tokenize: typeof port.tokenize = async (request) => {
      const answer = await port.tokenize(request)
      if (answer.kind === 'refused') return answer
      const fingerprint = nameOf(gateway.code, answer.details.fingerprint)
      return { ...answer, details: { ...answer.details, fingerprint } }
    }
    const get = (target: typeof port, name: string | symbol): unknown => {
      if (name === 'tokenize') return tokenize
      const own: unknown = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    }
    return { ...found, port: new Proxy(port, { get }) }
  }
  const find: typeof gateways.find = async (accountId, code) => {
    const found = await gateways.find(accountId, code)
    return found === null ? null : renaming(found)
  }
  return { ...deps, gateways: { ...gateways, find } }
}

story('10: a card is found by what the processors that hold it call it', async (one) => {
  const known = new Set(['amber', 'birch', 'cedar'])
  const billing = withOwnNames(one.world.house.service.billing, (code, fingerprint) =>
    known.has(code) ? `${code}-${fingerprint}` : null,
  )
  const api = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
  const url = await api.listen({ port: 0, host: '127.0.0.1' })
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'x-revolv3-token': one.token, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return toAnswer(response.status, {}, JSON.parse(await response.text()))
  }
  const lookUp = (paymentAccountNumber: string) =>
    post('/api/Subscriptions/pan-lookup', { paymentAccountNumber })
  try {
    const made: unknown[] = []
    for (const processors of [['birch'], ['cedar', 'amber']]) {
      const settings = { recurring_strategy: { processors } }
      await one.world.api.call('PUT', '/settings/revolv3', { body: settings })
      const answer = await post('/api/Subscriptions', simple())
      assert.equal(answer.status, 201, JSON.stringify(answer.body))
      made.push(answer.at('subscriptionId'))
    }
    const found = await lookUp(GOOD)
    assert.deepEqual(
      [0, 1, 2].map((row) => found.at(`${row}.subscriptionId`)),
      [...made, undefined],
    )
    assert.deepEqual((await lookUp(ALSO_GOOD)).body, [])

    known.delete('amber')
    const untold = await lookUp(GOOD)
    assert.equal(untold.status, 422)
    assert.match(untold.text('message'), /does not tell which cards are the same/)
  } finally {
    await api.close()
  }
})
