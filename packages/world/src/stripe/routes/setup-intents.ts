import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { placeCharge } from '../../http/place-charge.ts'
import { toChargeBody } from '../../http/wire.ts'
import type { Charge } from '../../charges/charge.ts'
import { type Thing, thingKey } from '../../vault/state.ts'
import { declineAsStripe, refuseAsStripe, toStripeDecline } from '../errors.ts'
import { formOf, textOf } from '../form.ts'
import { answerPage } from '../lists.ts'
import { noteUse, refuseUse } from '../method-holder.ts'
import { type StripeCall, refuseParam, scopeOf, toSeconds } from '../stripe-call.ts'

/** A setup verifies its card by an authorisation of nothing, in the currency of the gateway's account. */
const CURRENCY = 'USD'

export function createSetupIntent(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const key = call.idempotencyKey
  const known = key === null ? null : findSetup(stripe, `seti_${key}`)
  if (known !== null) return answerWith(toSetupIntent(stripe, known))
  const thing: Thing = {
    ...scopeOf(stripe),
    kind: 'setup',
    id: key === null ? context.makeId('seti') : `seti_${key}`,
    at: call.at,
    body: {
      payment_method: textOf(form, 'payment_method'),
      customer: textOf(form, 'customer'),
      usage: textOf(form, 'usage') ?? 'off_session',
      metadata: formOf(form, 'metadata'),
      charge: null,
      canceled: false,
    },
  }
  record(context, { kind: 'thing_kept', thing })
  if (textOf(form, 'confirm') !== 'true') return answerWith(toSetupIntent(stripe, thing))
  return confirmSetup(stripe, thing)
}

export function showSetupIntent(stripe: StripeCall, id: string): Answer {
  const setup = findSetup(stripe, id)
  return setup === null ? missing(id) : answerWith(toSetupIntent(stripe, setup))
}

export function confirmSetupIntent(stripe: StripeCall, id: string): Answer {
  const setup = findSetup(stripe, id)
  if (setup === null) return missing(id)
  const method = textOf(stripe.form, 'payment_method')
  return confirmSetup(
    stripe,
    method === null ? setup : { ...setup, body: { ...setup.body, payment_method: method } },
  )
}

export function cancelSetupIntent(stripe: StripeCall, id: string): Answer {
  const setup = findSetup(stripe, id)
  if (setup === null) return missing(id)
  if (statusOf(stripe, setup) === 'succeeded') return unexpected()
  const thing = { ...setup, body: { ...setup.body, canceled: true } }
  record(stripe.context, { kind: 'thing_kept', thing })
  return answerWith(toSetupIntent(stripe, thing))
}

export function listSetupIntents(stripe: StripeCall): Answer {
  const { account, gatewayId } = scopeOf(stripe)
  const rows = [...stripe.context.state.things.values()]
    .filter((thing) => thing.kind === 'setup' && thing.account === account)
    .filter((thing) => thing.gatewayId === gatewayId)
    .toReversed()
    .map((thing) => toSetupIntent(stripe, thing))
  return answerPage(rows, { form: stripe.form, url: '/v1/setup_intents' })
}

function confirmSetup(stripe: StripeCall, setup: Thing): Answer {
  const { context, call, gatewayId } = stripe
  const token = setup.body['payment_method']
  if (typeof token !== 'string') return refuseParam('payment_method')
  const status = statusOf(stripe, setup)
  if (status === 'succeeded' || status === 'canceled') return unexpected()
  const customer = textIn(setup.body['customer'])
  const unusable = refuseUse(stripe, { token, customer })
  if (unusable !== null) return unusable
  const placing = placeCharge(context, {
    account: call.account,
    gatewayId,
    idempotencyKey: context.makeId('seti'),
    token,
    instrument: customer ?? '',
    amountMinor: 0,
    currency: CURRENCY,
    capture: false,
    settles: 'at_once',
    isAnonymous: customer === null,
    networkTransactionId: null,
    description: null,
    metadata: null,
    at: call.at,
    offsetMs: call.offsetMs,
  })
  if (placing.kind === 'hang_up' || placing.kind === 'nonsense') return placing
  if (placing.kind === 'refused') return refuseAsStripe(placing.code, { message: placing.message })
  const { charge } = placing
  const thing = { ...setup, body: { ...setup.body, charge: charge.id } }
  record(context, { kind: 'thing_kept', thing })
  const setupIntent = toSetupIntent(stripe, thing)
  if (charge.status !== 'declined' || charge.decline === null) {
    if (customer !== null) noteUse(stripe, { token, customer, isSetUp: true })
    return answerWith(setupIntent)
  }
  return declineAsStripe(charge.decline, { chargeId: charge.id, setupIntent })
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function toSetupIntent(stripe: StripeCall, setup: Thing) {
  const { id, at, body } = setup
  const charge = chargeOf(stripe, setup)
  const status = statusOf(stripe, setup)
  const page =
    charge === null
      ? undefined
      : toChargeBody(charge, { token: null, origin: stripe.call.origin, at }).next_action
  const decline = charge?.status === 'declined' ? charge.decline : null
  return {
    id,
    object: 'setup_intent',
    client_secret: `${id}_secret`,
    created: toSeconds(at),
    customer: body['customer'] ?? null,
    last_setup_error: decline === null ? null : toStripeDecline(decline),
    livemode: false,
    metadata: body['metadata'] ?? {},
    next_action:
      status === 'requires_action' && page !== undefined
        ? { type: 'redirect_to_url', redirect_to_url: { url: page.url, return_url: null } }
        : null,
    payment_method: body['payment_method'] ?? null,
    payment_method_types: ['card'],
    status,
    usage: body['usage'],
  }
}

function statusOf(stripe: StripeCall, setup: Thing): string {
  if (setup.body['canceled'] === true) return 'canceled'
  const charge = chargeOf(stripe, setup)
  if (charge === null) {
    return setup.body['payment_method'] === null
      ? 'requires_payment_method'
      : 'requires_confirmation'
  }
  switch (charge.status) {
    case 'succeeded':
    case 'pending': // a bank account is kept at once; whether it pays is seen when it does
      return 'succeeded'
    case 'needs_action':
      return 'requires_action'
    case 'declined':
      return 'requires_payment_method'
  }
}

function chargeOf({ context }: StripeCall, setup: Thing): Charge | null {
  const id = setup.body['charge']
  return typeof id === 'string' ? (context.state.charges.get(id) ?? null) : null
}

function findSetup(stripe: StripeCall, id: string): Thing | null {
  const key = thingKey({ ...scopeOf(stripe), kind: 'setup', id })
  return stripe.context.state.things.get(key) ?? null
}

function missing(id: string): Answer {
  return refuseAsStripe('token_not_found', { message: `No such setup_intent: '${id}'` })
}

function unexpected(): Answer {
  return answerWith(
    {
      error: {
        type: 'invalid_request_error',
        code: 'setup_intent_unexpected_state',
        message: 'The setup intent has ended.',
      },
    },
    400,
  )
}
