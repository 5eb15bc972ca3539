import { decodeId } from '@perennial/core/ids'
import { ApiRefusal, type ApiInstance, firstOfEach } from '../../../platform/http/index.ts'
import { openCredentials } from '../../payments/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { findAddressed, type AddressedConnector } from './queries/connectors.ts'
import { insertConnectorEvent } from './queries/events.ts'
import { connectorOf } from './reach-platform.ts'

/** Larger than anything that a platform sends. */
const BODY_BYTES_MAX = 524_288

type Addressed = { readonly platform: string; readonly clientId: string }

/**
 * `/api/connectors/{platform}/webhook/{clientId}`: where billing systems call. There is no API key: the platform's own
 * credential tells whether to believe it. What is believed is kept once and acted on by a worker.
 */
export async function connectorWebhookRoutes(app: ApiInstance, deps: OutsideDeps): Promise<void> {
  await app.register(async (own) => {
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    const path = '/api/connectors/:platform/webhook/:clientId'
    own.post(
      path,
      { bodyLimit: BODY_BYTES_MAX, schema: { hide: true } },
      async (request, reply) => {
        const connector = await addressed(deps, request.params as Addressed) // the path has both
        const headers = firstOfEach(request.headers)
        const body = typeof request.body === 'string' ? request.body : ''
        await receive(deps, connector, { headers, body })
        return reply.code(200).send({ received: true })
      },
    )
    own.get(path, { schema: { hide: true } }, async (request, reply) => {
      const connector = await addressed(deps, request.params as Addressed) // the path has both
      const query = new URL(request.url, 'http://here').searchParams
      const { answerChallenge } = connectorOf(deps, connector.platform)
      const answer = answerChallenge?.(credentialsOf(deps, connector), query) ?? null
      if (answer === null) throw ApiRefusal.notFound('connector check')
      return reply.type('text/plain; charset=utf-8').send(answer)
    })
  })
}

/** Unknown clients are 404; a client without this platform has no credential that could fit. */
async function addressed(
  deps: OutsideDeps,
  { platform, clientId }: Addressed,
): Promise<AddressedConnector> {
  const decoded = decodeId('recovery_client', clientId)
  if (decoded?.kind !== 'ok') throw ApiRefusal.notFound('recovery client')
  if (!deps.connectors.some((known) => known.platform === platform))
    throw ApiRefusal.notFound('platform')
  const of = { clientId: decoded.id, platform }
  const { isClient, connector } = await findAddressed(deps.database.kysely, of)
  if (!isClient) throw ApiRefusal.notFound('recovery client')
  if (connector === null) throw unauthentic()
  return connector
}

async function receive(
  deps: OutsideDeps,
  row: AddressedConnector,
  sent: { readonly headers: Readonly<Record<string, string | undefined>>; readonly body: string },
): Promise<void> {
  const connector = connectorOf(deps, row.platform)
  const receivedAt = deps.clock.now()
  const { account_id: accountId, id: connectorId } = row
  if (!connector.isAuthentic(credentialsOf(deps, row), { ...sent, receivedAt })) {
    deps.log.warn({ accountId, connectorId }, 'connector webhook refused')
    throw unauthentic()
  }
  const named = connector.readEvent(sent.body)
  if (named === null) {
    const message = `This is no event of ${connector.name}.`
    throw new ApiRefusal({ status: 400, type: 'invalid_request_error', code: 'invalid_request', message }) // prettier-ignore
  }
  const eventId = named.isUnnamed === true ? `${named.id}:${receivedAt}` : named.id
  const event = { accountId, connectorId, eventId, body: sent.body, receivedAt }
  await deps.database.statement((tx) => insertConnectorEvent(tx, event))
}

function credentialsOf(deps: Pick<OutsideDeps, 'keyRing'>, row: AddressedConnector) {
  return openCredentials(deps.keyRing, { boundTo: row.id, sealed: row.credentials_sealed })
}

function unauthentic(): ApiRefusal {
  const message = 'The credential or signature does not fit this connector.'
  return new ApiRefusal({ status: 401, type: 'authentication_error', code: 'authentication_failed', message }) // prettier-ignore
}
