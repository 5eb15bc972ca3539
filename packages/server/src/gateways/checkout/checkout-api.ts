import type { VendorSettings } from '@perennial/core/payments'
import { openHttpLine, type HttpAnswer } from '../http/index.ts'

/** What the merchant copied from the dashboard. */
export type CheckoutCredentials = {
  readonly secretKey: string
  readonly publicKey: string
  readonly processingChannelId: string
  readonly signatureKey: string | null
  readonly webhookAuthorization: string | null
  readonly returnUrl: string | null
}

export type CheckoutApi = {
  readonly callMsMax: number
  get(path: string): Promise<HttpAnswer>
  post(path: string, body: unknown, idempotencyKey?: string): Promise<HttpAnswer>
  put(path: string, body: unknown): Promise<HttpAnswer>
  /** With the public key, which may do nothing else. */
  tokenize(body: unknown): Promise<HttpAnswer>
  upload(file: {
    readonly name: string
    readonly type: string
    readonly body: Uint8Array
  }): Promise<HttpAnswer>
  close(): Promise<void>
}

export function readCredentials({ credentials }: VendorSettings): CheckoutCredentials {
  return {
    secretKey: credentials['secret_key'] ?? '',
    publicKey: credentials['public_key'] ?? '',
    processingChannelId: credentials['processing_channel_id'] ?? '',
    signatureKey: credentials['signature_key'] ?? null,
    webhookAuthorization: credentials['webhook_authorization'] ?? null,
    returnUrl: credentials['return_url'] ?? null,
  }
}

export function openCheckoutApi(settings: VendorSettings): CheckoutApi {
  const { secretKey, publicKey } = readCredentials(settings)
  const line = openHttpLine({ ...settings, url: settings.baseUrl ?? addressOf(settings) })
  const json = { 'content-type': 'application/json' }
  const secret = { authorization: `Bearer ${secretKey}` }
  return {
    callMsMax: line.callMsMax,
    get: (path) => line.call({ method: 'GET', path, headers: secret }),
    post: (path, body, idempotencyKey) => {
      const key = idempotencyKey === undefined ? {} : { 'cko-idempotency-key': idempotencyKey }
      return line.call({ method: 'POST', path, headers: { ...secret, ...json, ...key }, body })
    },
    put: (path, body) => line.call({ method: 'PUT', path, headers: { ...secret, ...json }, body }),
    tokenize: (body) => {
      const headers = { authorization: `Bearer ${publicKey}`, ...json }
      return line.call({ method: 'POST', path: '/tokens', headers, body })
    },
    upload: (file) => line.call({ method: 'POST', path: '/files', ...formOf(file, secret) }),
    close: () => line.close(),
  }
}

/** Part of a host's name, so nothing else may be in it. */
export function hasGoodSubdomain({ credentials }: VendorSettings): boolean {
  return /^[A-Za-z0-9-]{0,63}$/.test(credentials['subdomain'] ?? '')
}

function addressOf(settings: VendorSettings): string {
  const { environment, credentials } = settings
  const subdomain = hasGoodSubdomain(settings) ? (credentials['subdomain'] ?? '') : ''
  const prefix = subdomain === '' ? '' : `${subdomain}.`
  const domain = environment === 'live' ? 'api.checkout.com' : 'api.sandbox.checkout.com'
  return `https://${prefix}${domain}`
}

const BOUNDARY = 'perennial-evidence-7f1c0d3e5a92'

/** A form of two parts, as dispute files are taken. */
function formOf(
  file: { readonly name: string; readonly type: string; readonly body: Uint8Array },
  headers: Readonly<Record<string, string>>,
) {
  const name = file.name.replaceAll(/[^\w.-]/g, '_')
  const body = Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n` +
        `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n` +
        `content-type: ${file.type}\r\n\r\n`,
    ),
    file.body,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])
  const type = `multipart/form-data; boundary=${BOUNDARY}`
  return { headers: { ...headers, 'content-type': type }, body }
}
