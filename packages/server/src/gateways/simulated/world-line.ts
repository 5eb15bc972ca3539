import type { Uuid } from '@perennial/core/ids'
import { formatInstantIn, UTC, type Instant, type TimeZone } from '@perennial/core/time'
import { readText } from '../../platform/foreign/index.ts'
import { openHttpLine, type HttpAnswer } from '../http/index.ts'

export type SimulatedGatewaySettings = {
  /** Where the card world listens. */
  readonly worldUrl: string
  /** Which of the world's gateways this is. */
  readonly gateway: string
  readonly timeoutMs: number
  /** Of the account; UTC when absent. */
  readonly zone?: TimeZone
  /** Connections at most. */
  readonly connections: number
  /** What the world was told to sign webhooks with; without it every webhook is refused. */
  readonly webhookSecret?: string
}

export type WorldRequest = {
  readonly method: 'GET' | 'POST'
  /** Below the gateway's own. */
  readonly path: string
  readonly key: { readonly accountId: Uuid; readonly at: Instant } | null
  readonly idempotencyKey?: string
  readonly body?: unknown
}

/** The way to one gateway of the world. `call` throws when there is no answer. */
export type WorldLine = {
  readonly callMsMax: number
  call(request: WorldRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

/**
 * Every request names the account and its time, because the world lives on the account's clock; time as the account's
 * wall shows it, as cards that are named after a day mean that calendar's.
 */
export function openWorldLine(settings: SimulatedGatewaySettings): WorldLine {
  const { worldUrl, timeoutMs, connections, zone = UTC } = settings
  const line = openHttpLine({ url: worldUrl, timeoutMs, connections })
  const root = `/gateways/${encodeURIComponent(settings.gateway)}`
  return {
    callMsMax: line.callMsMax,
    call: ({ method, path, key, idempotencyKey, body }) =>
      line.call({
        method,
        path: root + path,
        headers: {
          'content-type': 'application/json',
          ...(key === null
            ? {}
            : {
                'x-perennial-now': formatInstantIn(key.at, zone),
                'x-perennial-account': key.accountId,
              }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(body === undefined ? {} : { body }),
      }),
    close: () => line.close(),
  }
}

/** What the world refused, by its own code; null where the answer is no refusal of the world. */
export function refusalOf({
  status,
  body,
}: HttpAnswer): { readonly code: string; readonly message: string | null } | null {
  const code = readText(body, 'error', 'code')
  if (status < 400 || status >= 500 || code === null) return null
  return { code, message: readText(body, 'error', 'message') }
}

export function nonsense({ status }: HttpAnswer): string {
  return status >= 500 ? `gateway answered ${status}` : 'the gateway answered nonsense'
}
