import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { type Placing, placeCharge } from '../../http/place-charge.ts'
import { type Change, decideCapture, decideVoid } from '../../charges/change-charge.ts'
import type { Charge } from '../../charges/charge.ts'
import { findChargeByKey } from '../../vault/state.ts'
import { declineAsStripe, refuseAsStripe } from '../errors.ts'
import { type Form, formOf, textOf } from '../form.ts'
import { answerPage } from '../lists.ts'
import { noteUse, refuseUse } from '../method-holder.ts'
import { paymentIntentId, toPaymentIntent, toStripeCharge } from '../objects/payment-intent.ts'
import { showChargeAt } from '../show-charge.ts'
import {
  type Route,
  type StripeCall,
  readAmount,
  refuseParam,
  scopeOf,
  toSeconds,
  wantsExpanded,
} from '../stripe-call.ts'

/** Only intents that are confirmed at once: `confirm=true` with a payment method. */
export function createPaymentIntent(stripe: StripeCall): Answer {
  const { context, call, gatewayId, form } = stripe
  const amountMinor = readAmount(form, 'amount')
  const currency = textOf(form, 'currency')
  const token = textOf(form, 'payment_method')
  const customer = textOf(form, 'customer')
  if (typeof amountMinor !== 'number') return refuseParam('amount')
  if (currency === null || !/^[A-Za-z]{3}$/.test(currency)) return refuseParam('currency')
  if (token === null) return refuseParam('payment_method')
  if (textOf(form, 'confirm') !== 'true') return refuseParam('confirm')
  const idempotencyKey = call.idempotencyKey ?? context.makeId('ch')
  const isRepeat = findChargeByKey(context.state, { ...scopeOf(stripe), idempotencyKey }) !== null
  const unusable = isRepeat ? null : refuseUse(stripe, { token, customer })
  if (unusable !== null) return unusable
  const placing = placeCharge(context, {
    account: call.account,
    gatewayId,
    idempotencyKey,
    token,
    instrument: customer ?? '',
    amountMinor,
    currency,
    capture: textOf(form, 'capture_method') !== 'manual',
    settles: 'at_once',
    isAnonymous: customer === null && textOf(form, 'off_session') !== 'true',
    networkTransactionId: networkIdOf(form),
    description: textOf(form, 'description'),
    metadata: readMetadata(form),
    at: call.at,
    offsetMs: call.offsetMs,
  })
  if (placing.kind === 'refused') return refuseAsStripe(placing.code, { message: placing.message })
  if (!isRepeat) noteUse(stripe, { token, customer, isSetUp: isSetUp(form, placing) })
  if (placing.kind !== 'charge') return placing
  const { charge, token: resolved } = placing
  const { behaviour } = resolved
  const answer = answerCharge(stripe, charge)
  const isSlow = behaviour.kind === 'slow' && answer.kind === 'json'
  return isSlow ? { ...answer, waitMs: behaviour.waitMs } : answer
}

/** `setup_future_usage` is for a charge that goes through. */
function isSetUp(form: Form, placing: Placing): boolean {
  if (textOf(form, 'setup_future_usage') === null) return false
  return placing.kind === 'charge' && placing.charge.status !== 'declined'
}

/** Off session, nobody is there to meet a challenge: it is a decline. */
function answerCharge(stripe: StripeCall, charge: Charge): Answer {
  const isOffSession = textOf(stripe.form, 'off_session') === 'true'
  const isDeclined =
    charge.status === 'declined' || (charge.status === 'needs_action' && isOffSession)
  const paymentIntent = intentOf(stripe, charge)
  if (!isDeclined || charge.decline === null) return answerWith(paymentIntent)
  return declineAsStripe(charge.decline, { chargeId: charge.id, paymentIntent })
}

function networkIdOf(form: Form): string | null {
  const card = formOf(formOf(form, 'payment_method_options'), 'card')
  return textOf(formOf(card, 'mit_exemption'), 'network_transaction_id')
}

export function readMetadata(form: Form): Form | null {
  const metadata = formOf(form, 'metadata')
  return Object.keys(metadata).length === 0 ? null : metadata
}

export function showPaymentIntent(stripe: StripeCall, charge: Charge): Answer {
  return answerWith(intentOf(stripe, charge))
}

export function capturePaymentIntent(stripe: StripeCall, charge: Charge): Answer {
  const amountMinor = readAmount(stripe.form, 'amount_to_capture')
  if (amountMinor === 'invalid') return refuseParam('amount_to_capture')
  return settle(stripe, charge, decideCapture(charge, { amountMinor, at: stripe.call.at }))
}

export function cancelPaymentIntent(stripe: StripeCall, charge: Charge): Answer {
  return settle(stripe, charge, decideVoid(charge, stripe.call.at))
}

function settle(stripe: StripeCall, charge: Charge, change: Change): Answer {
  if (change.kind === 'refused') {
    return refuseAsStripe(change.code, { paymentIntent: intentOf(stripe, charge) })
  }
  if (change.kind === 'accepted') record(stripe.context, change.entry)
  return showPaymentIntent(stripe, stripe.context.state.charges.get(charge.id) ?? charge)
}

export function listPaymentIntents(stripe: StripeCall): Answer {
  const customer = textOf(stripe.form, 'customer')
  const rows = newestFirst(stripe, paymentIntentId).filter(
    ({ charge }) => customer === null || charge.attempt.instrument === customer,
  )
  return answerPage(rows, {
    form: stripe.form,
    url: '/v1/payment_intents',
    show: ({ charge }) => intentOf(stripe, charge),
  })
}

export function listCharges(stripe: StripeCall): Answer {
  const intent = textOf(stripe.form, 'payment_intent')
  const rows = newestFirst(stripe, (id) => id).filter(
    ({ charge }) => intent === null || paymentIntentId(charge.id) === intent,
  )
  return answerPage(rows, {
    form: stripe.form,
    url: '/v1/charges',
    show: ({ charge }) => toStripeCharge(showChargeAt(stripe.context, charge, stripe.call)),
  })
}

export function showCharge(stripe: StripeCall, charge: Charge): Answer {
  return answerWith(toStripeCharge(showChargeAt(stripe.context, charge, stripe.call)))
}

/** Verifications of cards, which are charges of nothing, are setups there and no payments. */
function newestFirst(stripe: StripeCall, name: (chargeId: string) => string) {
  const { account, gatewayId } = scopeOf(stripe)
  return [...stripe.context.state.charges.values()]
    .filter(({ attempt }) => attempt.account === account && attempt.gatewayId === gatewayId)
    .filter(({ attempt }) => attempt.amountMinor > 0)
    .toReversed()
    .map((charge) => ({ id: name(charge.id), created: toSeconds(charge.attempt.at), charge }))
}

/** The one question of its search that is understood: `metadata["name"]:"value"`. It is never behind here. */
export function searchPaymentIntents(stripe: StripeCall): Answer {
  const query = textOf(stripe.form, 'query') ?? ''
  const [, name = '', value = ''] = /^metadata\[["'](.+)["']\]:["'](.+)["']$/.exec(query) ?? []
  if (name === '') return refuseParam('query')
  const isMatch = ({ metadata }: Charge) => metadata?.[name] === value
  // A key of ours is mostly the request's own idempotency key, by which charges are found at once.
  const named = findChargeByKey(stripe.context.state, { ...scopeOf(stripe), idempotencyKey: value })
  const found =
    named !== null && isMatch(named)
      ? [named]
      : newestFirst(stripe, paymentIntentId)
          .map(({ charge }) => charge)
          .filter(isMatch)
  const data = found.slice(0, 10).map((charge) => intentOf(stripe, charge))
  const url = '/v1/payment_intents/search'
  return answerWith({ object: 'search_result', url, has_more: false, next_page: null, data })
}

function intentOf(stripe: StripeCall, charge: Charge) {
  const expandCharge =
    wantsExpanded(stripe, 'latest_charge') || wantsExpanded(stripe, 'data.latest_charge')
  return toPaymentIntent(showChargeAt(stripe.context, charge, stripe.call), { expandCharge })
}

export function withCharge(act: (stripe: StripeCall, charge: Charge) => Answer): Route {
  return (stripe, id) => {
    const charge = findCharge(stripe, id)
    return charge === null ? refuseAsStripe('charge_not_found') : act(stripe, charge)
  }
}

/** By the id of a charge or of its payment intent. */
export function findCharge(stripe: StripeCall, id: string): Charge | null {
  const charge = stripe.context.state.charges.get(id.replace(/^pi_/, 'ch_'))
  if (charge === undefined) return null
  const { account, gatewayId } = charge.attempt
  const isOwn = account === stripe.call.account && gatewayId === stripe.gatewayId
  return isOwn && charge.attempt.amountMinor > 0 ? charge : null
}
