import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { deliverWebhooks } from '../../packages/server/src/modules/recovery/index.ts'
import { toAnswer, type Answer } from '@perennial/testkit'

/** A webhook as its receiver saw it. */
export type Hook = {
  readonly raw: string
  readonly signature: string
  /** The same on every try. */
  readonly id: string
  /** Which one this is. */
  readonly tryNumber: number
  readonly event: string
  readonly at: (name: string) => unknown
}

/** Another biller, which hands its failed payments over. */
export type Biller = {
  readonly clientId: string
  readonly apiKey: string
  readonly publishableKey: string
  readonly secret: string
  /** Where its receiver listens. */
  readonly hookUrl: string
  call(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<Answer>
  execute(body: object): Promise<Answer>
  /** Everything that was sent since the last call, each with a signature that fits. */
  hooks(): Promise<readonly Hook[]>
  /** What its receiver answers from now on. */
  answerWith(status: number): void
  /** How long it takes for that. */
  answerAfter(ms: number): void
  set(change: object): Promise<void>
  /** What signatures are checked with from now on. */
  checkWith(secret: string): void
  close(): Promise<void>
}

type CallOptions = {
  readonly body?: unknown
  /** Null = none; the biller's secret key when absent. */
  readonly key?: string | null
  readonly headerName?: string
}

/** A story of one biller, whose receiver is closed behind it. `settings`: the client's. */
export function story(
  name: string,
  body: (world: ScenarioWorld, biller: Biller) => Promise<void>,
  settings: object = {},
): void {
  scenario(name, async (world) => {
    const biller = await openBiller(world, settings)
    try {
      await body(world, biller)
    } finally {
      await biller.close()
    }
  })
}

let cards = 0

/** A token that no other story uses; approved by the world. */
export function freshToken(): string {
  cards += 1
  return `pm_story_${cards}`
}

/** The page on which the owner of a card can give another one: its path. */
export async function linkOf(biller: Biller, paymentMethodToken: string): Promise<string> {
  const body = { paymentMethodToken }
  const link = await biller.call('POST', '/api/recovery/update-card/generate', { body })
  return new URL(link.text('url')).pathname
}

const CARD = { number: '4242424242424242', exp_month: 8, exp_year: 2032, cvc: '123', name: 'Ada' }

/** They type a card into it. */
export function giveCard(
  biller: Biller,
  path: string,
  card: Partial<typeof CARD> = {},
): Promise<Answer> {
  const body = { card: { ...CARD, ...card }, tries: 0 }
  return biller.call('POST', `${path}/card`, { body, key: null })
}

export async function openBiller(world: ScenarioWorld, settings: object = {}): Promise<Biller> {
  const sink = await openSink()
  const created = await world.api.post('/recovery/clients', { webhook_url: sink.url, ...settings })
  const id = created.text('data.id')
  const apiKey = created.text('data.api_key')
  const secret = created.text('data.webhook_secret')
  let checkedWith = secret
  const call: Biller['call'] = async (method, path, options = {}) => {
    const { body, key = apiKey, headerName = 'X-API-KEY' } = options
    const response = await fetch(`${world.house.service.url}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { [headerName]: key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    return toAnswer(
      response.status,
      Object.fromEntries(response.headers),
      isJson ? JSON.parse(text) : text,
    )
  }
  return {
    clientId: id,
    apiKey,
    publishableKey: created.text('data.publishable_key'),
    secret,
    hookUrl: sink.url,
    call,
    execute: (body) => call('POST', '/api/recovery/execute', { body }),
    hooks: async () => {
      // A round takes so many of one biller; a full one may have left some.
      while ((await deliverWebhooks(world.house.service.billing)) >= 16);
      const hooks = sink.take()
      for (const { raw, signature } of hooks) {
        assert.equal(signature, createHmac('sha256', checkedWith).update(raw).digest('hex'))
      }
      return hooks
    },
    answerWith: sink.answerWith,
    answerAfter: sink.answerAfter,
    set: async (change) => {
      await world.api.patch(`/recovery/clients/${id}`, change)
    },
    checkWith: (next) => {
      checkedWith = next
    },
    close: sink.close,
  }
}

async function openSink() {
  let seen: Hook[] = []
  let status = 200
  let afterMs = 0
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = []
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString()
      const body: unknown = JSON.parse(raw)
      const at = (name: string): unknown => Reflect.get(Object(body), name)
      const header = (name: string): string => String(request.headers[`x-revtain-${name}`])
      const [signature, id] = [header('signature'), header('event-id')]
      const tryNumber = Number(header('delivery-attempt'))
      seen.push({ raw, signature, id, tryNumber, event: String(at('event')), at })
      const answer = () => response.writeHead(status).end()
      if (afterMs === 0) answer()
      else setTimeout(answer, afterMs).unref()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/hooks?of=biller`,
    answerWith: (next: number) => {
      status = next
    },
    answerAfter: (ms: number) => {
      afterMs = ms
    },
    take: (): readonly Hook[] => {
      const taken = seen
      seen = []
      return taken
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
