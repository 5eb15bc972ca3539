import { createHash, createHmac } from 'node:crypto'
import { element, type XmlValue } from './xml.ts'

export type BraintreeWebhook = {
  readonly contentType: string
  readonly body: string
}

/**
 * A notification as Braintree posts it: a form of the XML in base64 and its HMAC-SHA1 under the SHA-1 of the private
 * key, led by the public key.
 */
export function signBraintreeWebhook(
  notice: {
    readonly kind: string
    readonly at: Date
    readonly subject: { readonly [name: string]: XmlValue | undefined }
  },
  keys: { readonly publicKey: string; readonly privateKey: string },
): BraintreeWebhook {
  const { kind, at, subject } = notice
  const xml = element('notification', { timestamp: at, kind, subject })
  const payload = `${Buffer.from(xml, 'utf8').toString('base64')}\n`
  const secret = createHash('sha1').update(keys.privateKey).digest()
  const signature = createHmac('sha1', secret).update(payload).digest('hex')
  const form = new URLSearchParams({
    bt_signature: `${keys.publicKey}|${signature}`,
    bt_payload: payload,
  })
  return { contentType: 'application/x-www-form-urlencoded', body: form.toString() }
}
