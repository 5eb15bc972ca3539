import type { Answer } from '../http/answer.ts'
import { applyFault } from '../http/apply-fault.ts'
import type { Call } from '../http/call.ts'
import type { Context } from '../http/context.ts'
import { versionAt } from '../judging/world.ts'
import { refuseAsStripe, refuseKey } from './errors.ts'
import { readForm } from './form.ts'
import { createFile, showAccount } from './routes/account.ts'
import {
  listBalanceTransactions,
  listPayouts,
  showBalanceTransaction,
  showPayout,
} from './routes/balance.ts'
import { createCustomer, showCustomer } from './routes/customers.ts'
import { closeDispute, listDisputes, showDispute, updateDispute } from './routes/disputes.ts'
import {
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  listEvents,
  showEndpoint,
  showEvent,
} from './routes/events.ts'
import {
  cancelPaymentIntent,
  capturePaymentIntent,
  createPaymentIntent,
  listCharges,
  listPaymentIntents,
  searchPaymentIntents,
  showCharge,
  showPaymentIntent,
  withCharge,
} from './routes/payment-intents.ts'
import {
  attachPaymentMethod,
  createPaymentMethod,
  detachPaymentMethod,
  showPaymentMethod,
} from './routes/payment-methods.ts'
import { createRefund, listRefunds, showRefund } from './routes/refunds.ts'
import {
  cancelSetupIntent,
  confirmSetupIntent,
  createSetupIntent,
  listSetupIntents,
  showSetupIntent,
} from './routes/setup-intents.ts'
import type { Route } from './stripe-call.ts'

/** By method and path; a star stands for an id. */
const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['POST payment_intents', createPaymentIntent],
  ['GET payment_intents', listPaymentIntents],
  ['GET payment_intents/search', searchPaymentIntents],
  ['GET payment_intents/*', withCharge(showPaymentIntent)],
  ['POST payment_intents/*/capture', withCharge(capturePaymentIntent)],
  ['POST payment_intents/*/cancel', withCharge(cancelPaymentIntent)],
  ['GET charges', listCharges],
  ['GET charges/*', withCharge(showCharge)],
  ['POST refunds', createRefund],
  ['GET refunds', listRefunds],
  ['GET refunds/*', showRefund],
  ['POST setup_intents', createSetupIntent],
  ['GET setup_intents', listSetupIntents],
  ['GET setup_intents/*', showSetupIntent],
  ['POST setup_intents/*/confirm', confirmSetupIntent],
  ['POST setup_intents/*/cancel', cancelSetupIntent],
  ['POST payment_methods', createPaymentMethod],
  ['GET payment_methods/*', showPaymentMethod],
  ['POST payment_methods/*', showPaymentMethod],
  ['POST payment_methods/*/attach', attachPaymentMethod],
  ['POST payment_methods/*/detach', detachPaymentMethod],
  ['POST customers', createCustomer],
  ['GET customers/*', showCustomer],
  ['GET disputes', listDisputes],
  ['GET disputes/*', showDispute],
  ['POST disputes/*', updateDispute],
  ['POST disputes/*/close', closeDispute],
  ['GET balance_transactions', listBalanceTransactions],
  ['GET balance_transactions/*', showBalanceTransaction],
  ['GET payouts', listPayouts],
  ['GET payouts/*', showPayout],
  ['GET events', listEvents],
  ['GET events/*', showEvent],
  ['POST webhook_endpoints', createEndpoint],
  ['GET webhook_endpoints', listEndpoints],
  ['GET webhook_endpoints/*', showEndpoint],
  ['DELETE webhook_endpoints/*', deleteEndpoint],
  ['GET account', showAccount],
  ['GET accounts/*', showAccount],
  ['POST files', createFile],
])

/**
 * The part of Stripe's API that an integration of ours uses: under /stripe/{gateway}/v1, and under
 * /v1 for clients that cannot be told a path, where the key `sk_test_{gateway}` names the gateway.
 */
export function routeStripe(context: Context, call: Call): Answer {
  const { segments, apiKey } = call
  const byKey = ['stripe', gatewayOfKey(apiKey), ...segments]
  const [, gatewayId = '', version, ...path] = segments[0] === 'v1' ? byKey : segments
  if (version !== 'v1' || !versionAt(context.world, call.at).gateways.has(gatewayId)) {
    return refuseAsStripe('gateway_not_found')
  }
  if (apiKey !== null && gatewayOfKey(apiKey) !== gatewayId) return refuseKey(apiKey)
  const [collection = '', id, operation] = path
  const route =
    routes.get(`${call.method} ${path.join('/')}`) ??
    routes.get(`${call.method} ${[collection, '*', operation ?? ''].join('/').replace(/\/$/, '')}`)
  if (route === undefined || path.length > 3) return refuseAsStripe('route_not_found')
  const query = Object.fromEntries(call.query)
  const form = readForm({ ...query, ...call.body })
  const act = () => route({ context, call, gatewayId, form }, id ?? '')
  return applyFault(context, call, { gatewayId, act })
}

/** `sk_test_amber`, or `sk_test_amber_…` for an account of its own. */
function gatewayOfKey(apiKey: string | null): string {
  return /^[sr]k_test_([^_]+)(?:_.+)?$/.exec(apiKey ?? '')?.[1] ?? ''
}
