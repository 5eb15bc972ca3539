import { CheckoutAPI, Client, Config, DisputesAPI, EnvironmentEnum } from '@adyen/api-library'
import type { VendorSettings } from '@perennial/core/payments'
import { readRecord, readText } from '../../platform/foreign/index.ts'
import { openHttpLine, type HttpLine } from '../http/index.ts'

type Checkout = InstanceType<typeof CheckoutAPI>

export type AdyenApi = {
  readonly payments: Checkout['PaymentsApi']
  readonly modifications: Checkout['ModificationsApi']
  readonly storedCards: Checkout['RecurringApi']
  readonly disputes: InstanceType<typeof DisputesAPI>['DisputesApi']
  readonly merchantAccount: string
  /** Of the standard webhook, and of the one about tokens where that has another. */
  readonly hmacKeys: readonly string[]
  readonly callMsMax: number
  close(): Promise<void>
}

/** Part of a host's name, so nothing else may be in it. Null when it is missing or no such part. */
export function readLivePrefix({ credentials }: VendorSettings): string | null {
  const prefix = credentials['live_prefix'] ?? ''
  return /^[A-Za-z0-9-]{1,100}$/.test(prefix) ? prefix : null
}

/** 64 digits in hex. */
function isHmacKey(key: string | undefined): key is string {
  return key !== undefined && /^[0-9a-f]{64}$/i.test(key)
}

/** The SDK wants one even where nothing is called. */
const NO_PREFIX = 'no-prefix'

/** The vendor understood the request and did not carry it out. */
export class AdyenRefusal extends Error {
  readonly status: number
  readonly errorCode: string | null

  constructor(status: number, body: unknown) {
    super(readText(body, 'message') ?? `the gateway answered ${status}`)
    this.status = status
    this.errorCode = readText(body, 'errorCode')
  }
}

/** The official SDK over our own pooled connections, which keep to the time that a call may take. */
export function openAdyenApi(settings: VendorSettings): AdyenApi {
  const { credentials, environment } = settings
  const transport = openTransport(settings)
  const config = new Config({
    apiKey: credentials['api_key'] ?? '',
    environment: environment === 'live' ? EnvironmentEnum.LIVE : EnvironmentEnum.TEST,
    liveEndpointUrlPrefix: readLivePrefix(settings) ?? NO_PREFIX,
  })
  const client = new Client(config, transport)
  const checkout = new CheckoutAPI(client)
  return {
    payments: checkout.PaymentsApi,
    modifications: checkout.ModificationsApi,
    storedCards: checkout.RecurringApi,
    disputes: new DisputesAPI(client).DisputesApi,
    merchantAccount: credentials['merchant_account'] ?? '',
    hmacKeys: [credentials['hmac_key'], credentials['token_hmac_key']].filter(isHmacKey),
    callMsMax: transport.callMsMax,
    close: () => transport.close(),
  }
}

type SdkTransport = NonNullable<ConstructorParameters<typeof Client>[1]>

/** What the SDK asks of a transport: the text of a good answer, or an error. The vendor has one host for each API. */
function openTransport(
  settings: VendorSettings,
): SdkTransport & Pick<HttpLine, 'callMsMax' | 'close'> {
  const lines = new Map<string, HttpLine>()
  const lineTo = (url: string): HttpLine => {
    const line = lines.get(url) ?? openHttpLine({ ...settings, url })
    lines.set(url, line)
    return line
  }
  const { callMsMax } = lineTo(settings.baseUrl ?? 'https://checkout-test.adyen.com')
  return {
    callMsMax,
    request: async (...call) => {
      const [endpoint, json, { apiKey = '' }, , options = {}] = call
      const { origin, pathname } = new URL(endpoint)
      const query = new URLSearchParams(options.params).toString()
      const { idempotencyKey, method } = options
      const answer = await lineTo(settings.baseUrl ?? origin).call({
        method: method === 'GET' ? 'GET' : 'POST',
        path: query === '' ? pathname : `${pathname}?${query}`,
        headers: {
          'x-api-key': apiKey,
          'content-type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(method === 'GET' ? {} : { body: json }),
      })
      const { status, body, text } = answer
      if (status >= 400 && status < 500) throw new AdyenRefusal(status, body)
      if (status >= 300) throw new Error(`the gateway answered ${status}`)
      // The SDK reads anything, with a warning on the console.
      if (readRecord(body) === null) throw new Error('the gateway answered nonsense')
      return text
    },
    close: async () => {
      await Promise.all([...lines.values()].map((line) => line.close()))
    },
  }
}

/** Requests that were refused before anything was done. 704: the same one is under way, so it may be done yet. */
export function isRefusal(error: unknown): error is AdyenRefusal {
  if (!(error instanceof AdyenRefusal)) return false
  return error.status !== 409 && error.status !== 429 && error.errorCode !== '704'
}
