import type { VendorSettings } from '@perennial/core/payments'
import Stripe from 'stripe'
import { Agent, fetch } from 'undici'
import { assertReachable, HTTP_1, openConnector } from '../http/index.ts'

/** What the rest of the adapter talks through. */
export type StripeApi = {
  readonly client: Stripe
  readonly callMsMax: number
  close(): Promise<void>
}

const CONNECT_MS = 2_000
const VENDOR_ADDRESS = 'https://api.stripe.com'

/**
 * The vendor's own client, over connections of ours: never a retry of its own, because whether a charge may be sent
 * again is not its to decide.
 */
export function openStripe(settings: VendorSettings): StripeApi {
  const { credentials, timeoutMs, connections, baseUrl } = settings
  const agent = new Agent({
    connections,
    ...HTTP_1,
    connect: openConnector(settings, CONNECT_MS),
  })
  const account = credentials['account_id']
  const client = new Stripe(credentials['secret_key'] ?? '', {
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: timeoutMs,
    httpClient: Stripe.createFetchHttpClient(
      createFetch(agent, baseUrl ?? VENDOR_ADDRESS, () => assertReachable(settings)),
    ),
    ...(account === undefined ? {} : { stripeAccount: account }),
  })
  return { client, callMsMax: CONNECT_MS + timeoutMs, close: () => agent.close() }
}

/**
 * The client knows a host and no path, so a stand-in under a path of its own is put in here. Files go to another host of
 * the vendor's; a stand-in has but one.
 */
function createFetch(
  dispatcher: Agent,
  baseUrl: string,
  assertAllowed: () => void,
): typeof globalThis.fetch {
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    assertAllowed()
    const asked = new URL(input instanceof Request ? input.url : input)
    const isVendor = baseUrl === VENDOR_ADDRESS
    const url = isVendor ? asked.href : `${baseUrl}${asked.pathname}${asked.search}`
    const { method, headers, body, signal } = init ?? {}
    // The vendor sends nobody on; a stand-in that does could lead into a network that its address was checked against.
    const sent = { method, headers, body, signal, dispatcher, redirect: 'error' as const }
    // Node's types and undici's are of one make, and still strangers to each other.
    const response: unknown = await fetch(url, sent as Parameters<typeof fetch>[1])
    return response as Response
  }
  return send
}
