import { type Answer, answerWith } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import { type Context, record } from '../http/context.ts'
import { placeCharge, placeRefund, resolveChargeToken } from '../http/place-charge.ts'
import { versionAt } from '../judging/world.ts'
import { type Change, decideCapture, decideVoid } from '../vault/change-charge.ts'
import { type Charge, chargeAt } from '../vault/charge.ts'
import { mintCardToken } from '../vault/mint-token.ts'
import { resolveToken } from '../vault/resolve-token.ts'
import { declineAsStripe, refuseAsStripe } from './errors.ts'
import { type Form, formOf, listOf, readForm, textOf } from './form.ts'
import { type Shown, toPaymentIntent, toPaymentMethod, toStripeRefund } from './objects.ts'

interface StripeCall {
  readonly context: Context
  readonly call: Call
  readonly gatewayId: string
  readonly form: Form
}

type Route = (stripe: StripeCall, id: string) => Answer

/** By method and path; a star stands for an id. */
const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['POST payment_intents', createPaymentIntent],
  ['GET payment_intents/*', withCharge((stripe, charge) => showPaymentIntent(stripe, charge))],
  ['POST payment_intents/*/capture', withCharge(capturePaymentIntent)],
  ['POST payment_intents/*/cancel', withCharge(cancelPaymentIntent)],
  ['POST refunds', createRefund],
  ['POST payment_methods', createPaymentMethod],
  ['GET payment_methods/*', showPaymentMethod],
  ['POST payment_methods/*/attach', showPaymentMethod],
])

/**
 * The part of Stripe's API that an integration of ours uses: under /stripe/{gateway}/v1, and under
 * /v1 for clients that cannot be told a path, where the key `sk_test_{gateway}` names the gateway.
 */
export function routeStripe(context: Context, call: Call): Answer {
  const { segments } = call
  const byKey = ['stripe', call.apiKey?.replace(/^sk_test_/, '') ?? '', ...segments]
  const [, gatewayId = '', version, collection = '', id, operation] =
    segments[0] === 'v1' ? byKey : segments
  if (version !== 'v1' || !versionAt(context.world, call.at).gateways.has(gatewayId)) {
    return refuseAsStripe('gateway_not_found')
  }
  const shape = [
    collection,
    ...(id === undefined ? [] : ['*']),
    ...(operation === undefined ? [] : [operation]),
  ]
  const route = routes.get(`${call.method} ${shape.join('/')}`)
  if (route === undefined) return refuseAsStripe('route_not_found')
  const query = Object.fromEntries(call.query)
  return route({ context, call, gatewayId, form: readForm({ ...query, ...call.body }) }, id ?? '')
}

/** Only intents that are confirmed at once: `confirm=true` with a payment method. */
function createPaymentIntent({ context, call, gatewayId, form }: StripeCall): Answer {
  const amountMinor = readAmount(form, 'amount')
  const currency = textOf(form, 'currency')
  const token = textOf(form, 'payment_method')
  if (typeof amountMinor !== 'number') return refuseParam('amount')
  if (currency === null || !/^[A-Za-z]{3}$/.test(currency)) return refuseParam('currency')
  if (token === null) return refuseParam('payment_method')
  if (textOf(form, 'confirm') !== 'true') return refuseParam('confirm')
  const metadata = formOf(form, 'metadata')
  const placing = placeCharge(context, {
    account: call.account,
    gatewayId,
    idempotencyKey: call.idempotencyKey ?? context.makeId('ch'),
    token,
    instrument: textOf(form, 'customer') ?? '',
    amountMinor,
    currency,
    capture: textOf(form, 'capture_method') !== 'manual',
    settles: 'at_once',
    networkTransactionId: null,
    description: textOf(form, 'description'),
    metadata: Object.keys(metadata).length === 0 ? null : metadata,
    at: call.at,
    offsetMs: call.offsetMs,
  })
  if (placing.kind === 'hang_up' || placing.kind === 'nonsense') return placing
  if (placing.kind === 'refused') return refuseAsStripe(placing.code, { message: placing.message })
  const shown = { ...placing, origin: call.origin }
  const { charge } = placing
  const isOffSession = textOf(form, 'off_session') === 'true'
  const isDeclined =
    charge.status === 'declined' || (charge.status === 'needs_action' && isOffSession)
  return isDeclined && charge.decline !== null
    ? declineAsStripe(charge.decline, { chargeId: charge.id, paymentIntent: intentOf(form, shown) })
    : answerWith(intentOf(form, shown))
}

function capturePaymentIntent(stripe: StripeCall, charge: Charge): Answer {
  const amountMinor = readAmount(stripe.form, 'amount_to_capture')
  if (amountMinor === 'invalid') return refuseParam('amount_to_capture')
  return settle(stripe, charge, decideCapture(charge, { amountMinor, at: stripe.call.at }))
}

function cancelPaymentIntent(stripe: StripeCall, charge: Charge): Answer {
  return settle(stripe, charge, decideVoid(charge, stripe.call.at))
}

function createRefund(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const named = textOf(form, 'payment_intent') ?? textOf(form, 'charge')
  const charge = named === null ? null : findCharge(stripe, named)
  if (charge === null) return refuseAsStripe('charge_not_found', { param: 'payment_intent' })
  const amountMinor = readAmount(form, 'amount')
  if (amountMinor === 'invalid') return refuseParam('amount')
  const idempotencyKey = call.idempotencyKey ?? context.makeId('re')
  const placing = placeRefund(context, charge, { amountMinor, idempotencyKey, at: call.at })
  if (placing.kind === 'hang_up') return placing
  return placing.kind === 'refused'
    ? refuseAsStripe(placing.code)
    : answerWith(toStripeRefund(placing.refund))
}

function createPaymentMethod(stripe: StripeCall): Answer {
  const { context, gatewayId, form } = stripe
  const card = formOf(form, 'card')
  const named = textOf(card, 'token')
  if (named !== null) return showPaymentMethod(stripe, named)
  const number = textOf(card, 'number')?.replaceAll(/[ -]/g, '') ?? ''
  const expMonth = Number(textOf(card, 'exp_month'))
  const expYear = Number(textOf(card, 'exp_year'))
  if (!Number.isInteger(expMonth) || expMonth < 1 || expMonth > 12)
    return refuseParam('card[exp_month]')
  if (!Number.isInteger(expYear) || expYear < 2000) return refuseParam('card[exp_year]')
  const place = { gatewayId, salt: context.state.salt }
  const minting = mintCardToken(context.world, place, { number, expMonth, expYear })
  if (minting.kind === 'refused') return refuseAsStripe(minting.code)
  record(context, { kind: 'token_minted', token: minting.token })
  return showPaymentMethod(stripe, minting.token.token)
}

/** Attaching is showing too: the world keeps no customers, so any may hold any method. */
function showPaymentMethod({ context, call, gatewayId, form }: StripeCall, token: string): Answer {
  const { account, at } = call
  const customer = textOf(form, 'customer')
  const use = { account, gatewayId, token, instrument: customer ?? '', at }
  const resolution = resolveToken(context.world, context.state, use)
  return resolution.kind === 'refused'
    ? refuseAsStripe(resolution.code, { message: resolution.message, param: 'payment_method' })
    : answerWith(toPaymentMethod(token, resolution.resolved, { customer, at }))
}

function withCharge(act: (stripe: StripeCall, charge: Charge) => Answer): Route {
  return (stripe, id) => {
    const charge = findCharge(stripe, id)
    return charge === null ? refuseAsStripe('charge_not_found') : act(stripe, charge)
  }
}

function findCharge({ context, call, gatewayId }: StripeCall, id: string): Charge | null {
  const charge = context.state.charges.get(id.replace(/^pi_/, 'ch_'))
  if (charge === undefined || charge.attempt.gatewayId !== gatewayId) return null
  return charge.attempt.account === call.account ? charge : null
}

function settle(stripe: StripeCall, charge: Charge, change: Change): Answer {
  if (change.kind === 'refused') return refuseAsStripe(change.code)
  if (change.kind === 'accepted') record(stripe.context, change.entry)
  return showPaymentIntent(stripe, stripe.context.state.charges.get(charge.id) ?? charge)
}

function showPaymentIntent({ context, call, form }: StripeCall, charge: Charge): Answer {
  const resolution = resolveChargeToken(context, charge, call.at)
  const token = resolution.kind === 'resolved' ? resolution.resolved : null
  const shown = { charge: chargeAt(charge, call.at), token, origin: call.origin }
  return answerWith(intentOf(form, shown))
}

function intentOf(form: Form, shown: Shown) {
  return toPaymentIntent(shown, { expandCharge: listOf(form, 'expand').includes('latest_charge') })
}

/** Null where the field is absent. */
function readAmount(form: Form, name: string): number | null | 'invalid' {
  const text = textOf(form, name)
  if (text === null) return null
  const amount = Number(text)
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(amount) && amount > 0 ? amount : 'invalid'
}

function refuseParam(param: string): Answer {
  return refuseAsStripe('body_invalid', { message: `Missing or invalid: ${param}.`, param })
}
