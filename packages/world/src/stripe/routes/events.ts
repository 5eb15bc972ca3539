import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { timelineOf } from '../../statements/books.ts'
import { happeningsAfter } from '../../vault/timeline.ts'
import { type Endpoint } from '../../vault/endpoint.ts'
import { refuseAsStripe } from '../errors.ts'
import { listOf, textOf } from '../form.ts'
import { answerPage } from '../lists.ts'
import { type StripeCall, deleted, refuseParam, scopeOf } from '../stripe-call.ts'
import { type StripeEvent, toEvents } from '../to-events.ts'
import { randomBytes } from 'node:crypto'

export function listEvents(stripe: StripeCall): Answer {
  const type = textOf(stripe.form, 'type')
  const types = listOf(stripe.form, 'types')
  const rows = eventsOf(stripe).filter(
    (event) =>
      (type === null || event.type === type) && (types.length === 0 || types.includes(event.type)),
  )
  return answerPage(rows, { form: stripe.form, url: '/v1/events' })
}

export function showEvent(stripe: StripeCall, id: string): Answer {
  const found = eventsOf(stripe).find((event) => event.id === id)
  return found === undefined
    ? refuseAsStripe('charge_not_found', { message: `No such event: '${id}'` })
    : answerWith(found)
}

/** Newest first: everything that was due by now. */
function eventsOf(stripe: StripeCall): StripeEvent[] {
  const { context, call } = stripe
  const all = happeningsAfter(timelineOf(context, scopeOf(stripe)), { at: 0, sequence: 0 })
  return [...all]
    .filter(({ at }) => at <= call.at)
    .flatMap((happening) => toEvents(context, happening, call.origin))
    .toReversed()
}

export function createEndpoint(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const url = textOf(form, 'url')
  const types = listOf(form, 'enabled_events')
  if (url === null || !URL.canParse(url)) return refuseParam('url')
  if (types.length === 0) return refuseParam('enabled_events')
  const endpoint: Endpoint = {
    ...scopeOf(stripe),
    id: context.makeId('we'),
    dialect: 'stripe',
    url,
    secret: `whsec_${randomBytes(24).toString('base64url')}`,
    delivery: 'in_order',
    types,
    position: { at: call.at, sequence: timelineOf(context, scopeOf(stripe)).sequence },
  }
  record(context, { kind: 'endpoint_set', endpoint })
  return answerWith({ ...toEndpoint(endpoint), secret: endpoint.secret })
}

export function showEndpoint(stripe: StripeCall, id: string): Answer {
  const endpoint = findEndpoint(stripe, id)
  return endpoint === undefined ? missing(id) : answerWith(toEndpoint(endpoint))
}

export function listEndpoints(stripe: StripeCall): Answer {
  const own = [...(stripe.context.state.endpoints.get(stripe.call.account)?.values() ?? [])]
  const rows = own
    .filter(({ dialect, gatewayId }) => dialect === 'stripe' && gatewayId === stripe.gatewayId)
    .toReversed()
    .map(toEndpoint)
  return answerPage(rows, { form: stripe.form, url: '/v1/webhook_endpoints' })
}

export function deleteEndpoint(stripe: StripeCall, id: string): Answer {
  const endpoint = findEndpoint(stripe, id)
  if (endpoint === undefined) return missing(id)
  const { account } = endpoint
  record(stripe.context, { kind: 'endpoint_removed', endpoint: { account, id } })
  return deleted('webhook_endpoint', id)
}

function findEndpoint(stripe: StripeCall, id: string): Endpoint | undefined {
  const endpoint = stripe.context.state.endpoints.get(stripe.call.account)?.get(id)
  return endpoint?.gatewayId === stripe.gatewayId ? endpoint : undefined
}

function toEndpoint({ id, url, types }: Endpoint) {
  return {
    id,
    object: 'webhook_endpoint',
    created: 0,
    enabled_events: types,
    livemode: false,
    status: 'enabled',
    url,
  }
}

function missing(id: string): Answer {
  return refuseAsStripe('charge_not_found', { message: `No such webhook endpoint: '${id}'` })
}
