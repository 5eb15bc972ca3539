import { type RunningWorld, startWorld } from '../http/start-world.ts'
import type { World } from '../judging/world.ts'
import { plainWorld } from './plain-world.ts'

/** An answer as a test reads it. */
export interface Reply {
  readonly status: number
  readonly body: any // oxlint-disable-line typescript/no-explicit-any -- a test names the fields that it expects
}

export interface AuditRow {
  readonly sequence: number
  readonly idempotency_key: string
  readonly outcome: string
  readonly charge_id: string | null
  readonly money_moved: boolean
}

export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Reply>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>
  /** At gateway `g`, unless told otherwise. Rejects when the world hangs up. */
  charge(token: string, options?: ChargeOptions): Promise<Reply>
}

export interface ChargeOptions {
  readonly key?: string
  readonly gateway?: string
  readonly now?: string
  readonly account?: string
  readonly body?: object
}

export async function serve(
  use: (client: Client, running: RunningWorld) => Promise<void>,
  options: {
    readonly world?: World
    readonly stateDir?: string | null
    readonly keep?: number
  } = {},
): Promise<void> {
  const { world = plainWorld(), stateDir = null, keep = 1000 } = options
  const running = await startWorld({
    world,
    port: 0,
    host: '127.0.0.1',
    stateDir,
    latency: false,
    keep,
  })
  try {
    await use(makeClient(running.url), running)
  } finally {
    await running.close()
  }
}

let keys = 0

export function makeClient(url: string): Client {
  const send = async (path: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(url + path, init)
    return { status: response.status, body: await response.json() }
  }
  const post: Client['post'] = (path, body, headers = {}) =>
    send(path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    get: (path, headers = {}) => send(path, { headers }),
    post,
    charge: (
      token,
      { key, gateway = 'g', now = '2027-05-01T12:00:00Z', account, body = {} } = {},
    ) => {
      keys += 1
      return post(
        `/gateways/${gateway}/charges`,
        { token, amount_minor: 1000, currency: 'USD', ...body },
        {
          'idempotency-key': key ?? `key-${keys}`,
          'x-perennial-now': now,
          ...(account === undefined ? {} : { 'x-perennial-account': account }),
        },
      )
    },
  }
}
