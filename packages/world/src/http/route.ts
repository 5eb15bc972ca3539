import { type Gateway, versionAt } from '../judging/world.ts'
import type { Charge } from '../charges/charge.ts'
import { findChargeByKey } from '../vault/state.ts'
import { type Answer, answerWith, refuse } from './answer.ts'
import { applyFault } from './apply-fault.ts'
import { listAudit } from './routes/audit-route.ts'
import { showAuthentication } from './routes/authentication-page.ts'
import { listBrokenRules } from './routes/broken-rules-route.ts'
import type { Call } from './call.ts'
import {
  authenticateCharge,
  captureCharge,
  createCharge,
  listRefunds,
  refundCharge,
  showCharge,
  showRefund,
  voidCharge,
} from './routes/charge-routes.ts'
import type { Context } from './context.ts'
import { createDispute, listDisputes, routeDispute } from './routes/dispute-routes.ts'
import { setFault, setWebhook } from './routes/endpoint-routes.ts'
import { showMovements, showNotices } from './routes/statement-routes.ts'
import { routeStripe } from '../stripe/route-stripe.ts'
import { createToken, showToken } from './routes/token-routes.ts'

type Operation = (context: Context, call: Call, charge: Charge) => Answer

const operations: ReadonlyMap<string, Operation> = new Map([
  ['capture', captureCharge],
  ['void', voidCharge],
  ['refund', refundCharge],
  ['authenticate', authenticateCharge],
  ['disputes', createDispute],
])

type AtGateway = (context: Context, call: Call, gatewayId: string) => Answer

const settingRoutes: ReadonlyMap<string, AtGateway> = new Map([
  ['webhook', setWebhook],
  ['fault', setFault],
])

const statements: ReadonlyMap<string, AtGateway> = new Map([
  ['movements', showMovements],
  ['notices', showNotices],
])

const lists: ReadonlyMap<string, (context: Context, call: Call) => Answer> = new Map([
  ['healthz', healthOf],
  ['audit', listAudit],
  ['audit/broken-rules', listBrokenRules],
  ['gateways', listGateways],
])

export function route(context: Context, call: Call): Answer {
  const { method, segments } = call
  if (segments[0] === 'stripe' || segments[0] === 'v1') return routeStripe(context, call)
  const [first, gatewayId] = segments
  const list = lists.get(segments.join('/'))
  if (list !== undefined) {
    return method === 'GET' ? list(context, call) : refuse('method_not_allowed')
  }
  if (first !== 'gateways' || gatewayId === undefined) return refuse('route_not_found')
  if (!versionAt(context.world, call.at).gateways.has(gatewayId)) {
    return refuse('gateway_not_found', `The world has no gateway ${gatewayId}.`)
  }
  const settings = settingRoutes.get(segments.slice(2).join('/'))
  if (settings !== undefined) {
    return method === 'PUT' ? settings(context, call, gatewayId) : refuse('method_not_allowed')
  }
  const act = () => routeAtGateway(context, call, gatewayId)
  return applyFault(context, call, { gatewayId, act })
}

function routeAtGateway(context: Context, call: Call, gatewayId: string): Answer {
  const { method } = call
  const [kind, ...rest] = call.segments.slice(2)
  const [id] = rest
  if (kind === undefined) {
    return method === 'GET' ? showGateway(context, call, gatewayId) : refuse('method_not_allowed')
  }
  const statement = rest.length === 0 ? statements.get(kind ?? '') : undefined
  if (statement !== undefined) {
    return method === 'GET' ? statement(context, call, gatewayId) : refuse('method_not_allowed')
  }
  if (kind === 'disputes' && id !== undefined) return routeDispute(context, call, gatewayId)
  if (kind === 'tokens' && rest.length === 0) {
    return method === 'POST' ? createToken(context, call, gatewayId) : refuse('method_not_allowed')
  }
  if (kind === 'tokens' && id !== undefined && rest.length === 1) {
    const use = { gatewayId, token: id }
    return method === 'GET' ? showToken(context, call, use) : refuse('method_not_allowed')
  }
  if (kind !== 'charges') return refuse('route_not_found')
  if (rest.length === 0) {
    return method === 'POST' ? createCharge(context, call, gatewayId) : refuse('method_not_allowed')
  }
  return routeAtCharge(context, call, gatewayId)
}

function routeAtCharge(context: Context, call: Call, gatewayId: string): Answer {
  const [id = '', name, ...more] = call.segments.slice(3)
  const isByKey = id === 'by-key'
  if (name === 'refunds' && !isByKey) return routeRefunds(context, call, { gatewayId, id, more })
  if (more.length > 0) return refuse('route_not_found')
  if (isByKey && name === undefined) return refuse('route_not_found')
  const isPage = name === 'authenticate' && call.method === 'GET' && !isByKey
  const isLookUp = isByKey || isPage || name === undefined
  if (name === 'disputes' && call.method === 'GET' && !isByKey) {
    const disputed = findCharge(context, call, { gatewayId, id })
    return disputed === null ? refuse('charge_not_found') : listDisputes(context, call, disputed)
  }
  const operation = operations.get(name ?? '')
  if (!isLookUp && operation === undefined) return refuse('route_not_found')
  if (call.method !== (isLookUp ? 'GET' : 'POST')) return refuse('method_not_allowed')
  const charge = isByKey
    ? findChargeByKey(context.state, {
        account: call.account,
        gatewayId,
        idempotencyKey: name ?? '',
      })
    : findCharge(context, call, { gatewayId, id })
  if (charge === null) return refuse('charge_not_found')
  if (isPage) return showAuthentication(charge, call.query.get('return_url'))
  if (isLookUp || operation === undefined) return showCharge(context, call, charge)
  return operation(context, call, charge)
}

/** …/charges/{charge}/refunds, …/refunds/{refund}, …/refunds/by-key/{key} */
function routeRefunds(
  context: Context,
  call: Call,
  at: { readonly gatewayId: string; readonly id: string; readonly more: readonly string[] },
): Answer {
  const [first, key, ...rest] = at.more
  const isKey = first === 'by-key'
  if (rest.length > 0 || (key !== undefined) !== isKey) return refuse('route_not_found')
  if (call.method !== 'GET') return refuse('method_not_allowed')
  const charge = findCharge(context, call, at)
  if (charge === null) return refuse('charge_not_found')
  if (first === undefined) return listRefunds(context, call, charge)
  return showRefund(context, call, { charge, id: key ?? first, isKey })
}

/** A charge is found only at its own gateway and by its own account. */
function findCharge(
  { state }: Context,
  call: Call,
  { gatewayId, id }: { readonly gatewayId: string; readonly id: string },
): Charge | null {
  const charge = state.charges.get(id)
  if (charge === undefined || charge.attempt.gatewayId !== gatewayId) return null
  return charge.attempt.account === call.account ? charge : null
}

function healthOf({ world }: Context): Answer {
  return answerWith({ status: 'ok', world: world.name })
}

function listGateways({ world }: Context, call: Call): Answer {
  return answerWith({ data: [...versionAt(world, call.at).gateways.values()].map(toGatewayBody) })
}

function showGateway({ world }: Context, call: Call, gatewayId: string): Answer {
  const gateway = versionAt(world, call.at).gateways.get(gatewayId)
  return gateway === undefined ? refuse('gateway_not_found') : answerWith(toGatewayBody(gateway))
}

/** What a merchant knows of its gateways; how often they fail is for it to find out. */
function toGatewayBody({ file: { id, networks, currencies, fee } }: Gateway) {
  return { id, networks, currencies, fee }
}
