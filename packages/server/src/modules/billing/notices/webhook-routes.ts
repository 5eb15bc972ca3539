import { decodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { ApiRefusal, type ApiInstance, firstOfEach } from '../../../platform/http/index.ts'
import type { BillingDeps } from '../scope.ts'
import { receiveWebhook } from './receive-webhook.ts'

/** Larger than anything that a gateway sends. */
const BODY_BYTES_MAX = 262_144

/**
 * `POST /webhooks/gateways/{account}/{gateway}`: where gateways call. There is no API key: the gateway's own signature
 * over the raw bytes tells whether to believe it.
 */
export async function gatewayWebhookRoutes(app: ApiInstance, deps: BillingDeps): Promise<void> {
  await app.register(async (own) => {
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    own.post(
      '/webhooks/gateways/:accountId/:gatewayId',
      { bodyLimit: BODY_BYTES_MAX, schema: { hide: true } },
      async (request, reply) => {
        const params: unknown = request.params
        const accountId = idOf('account', params, 'accountId')
        const gatewayId = idOf('gateway', params, 'gatewayId')
        const headers = firstOfEach(request.headers)
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
        const received = await receiveWebhook(deps, {
          accountId,
          gatewayId,
          request: { headers, body },
        })
        switch (received.kind) {
          case 'taken':
            return reply.type('text/plain; charset=utf-8').send(received.answer)
          case 'unknown_gateway':
            throw ApiRefusal.notFound('gateway')
          default:
            throw refused(received.reason)
        }
      },
    )
  })
}

/** Whatever is no id of ours is no gateway of ours. */
function idOf(kind: IdKind, params: unknown, name: string): Uuid {
  const text: unknown = Object(params)[name]
  const decoded = typeof text === 'string' ? decodeId(kind, text) : null
  if (decoded?.kind !== 'ok') throw ApiRefusal.notFound('gateway')
  return decoded.id
}

const REFUSED = {
  signature: 'The signature does not fit the body and the secret of this gateway.',
  stale: 'The signature is too old. Check the clocks on both sides.',
  malformed: 'This is not a webhook of this gateway.',
} as const

function refused(reason: keyof typeof REFUSED): ApiRefusal {
  const message = REFUSED[reason]
  if (reason === 'malformed')
    return new ApiRefusal({ status: 400, type: 'invalid_request_error', code: 'invalid_request', message }) // prettier-ignore
  return new ApiRefusal({ status: 401, type: 'authentication_error', code: 'authentication_failed', message }) // prettier-ignore
}
