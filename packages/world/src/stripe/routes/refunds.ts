import { type Answer, answerWith } from '../../http/answer.ts'
import { placeRefund } from '../../http/place-charge.ts'
import { refundsOf } from '../../vault/apply-refund.ts'
import type { Refund } from '../../charges/charge.ts'
import { refuseAsStripe } from '../errors.ts'
import { textOf } from '../form.ts'
import { answerPage } from '../lists.ts'
import { toStripeRefund } from '../objects/refund.ts'
import { type StripeCall, readAmount, refuseParam, scopeOf, toSeconds } from '../stripe-call.ts'
import { findCharge, readMetadata } from './payment-intents.ts'

export function createRefund(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const named = textOf(form, 'payment_intent') ?? textOf(form, 'charge')
  const charge = named === null ? null : findCharge(stripe, named)
  if (charge === null) return refuseAsStripe('charge_not_found', { param: 'payment_intent' })
  const amountMinor = readAmount(form, 'amount')
  if (amountMinor === 'invalid') return refuseParam('amount')
  const idempotencyKey = call.idempotencyKey ?? context.makeId('re')
  const wish = { amountMinor, idempotencyKey, at: call.at, metadata: readMetadata(form) }
  const placing = placeRefund(context, charge, wish)
  if (placing.kind === 'hang_up') return placing
  return placing.kind === 'refused'
    ? refuseAsStripe(placing.code)
    : answerWith(toStripeRefund(placing.refund, call.at))
}

export function showRefund(stripe: StripeCall, id: string): Answer {
  const refund = stripe.context.state.refundIds.get(id)
  const isOwn = refund !== undefined && isOf(stripe, refund)
  return isOwn
    ? answerWith(toStripeRefund(refund, stripe.call.at))
    : refuseAsStripe('refund_not_found')
}

export function listRefunds(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const named = textOf(form, 'payment_intent') ?? textOf(form, 'charge')
  const charge = named === null ? null : findCharge(stripe, named)
  if (named !== null && charge === null) {
    return refuseAsStripe('charge_not_found', { param: 'payment_intent' })
  }
  const all =
    charge === null
      ? [...context.state.refundIds.values()].filter((refund) => isOf(stripe, refund))
      : refundsOf(context.state, charge)
  const rows = all
    .toReversed()
    .map((refund) => ({ id: refund.id, created: toSeconds(refund.at), refund }))
  const show = ({ refund }: (typeof rows)[number]) => toStripeRefund(refund, call.at)
  return answerPage(rows, { form, url: '/v1/refunds', show })
}

function isOf(stripe: StripeCall, refund: Refund): boolean {
  const { account, gatewayId } = scopeOf(stripe)
  return refund.account === account && refund.gatewayId === gatewayId
}
