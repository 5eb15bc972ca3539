import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import {
  type DisputeChange,
  decideAcceptance,
  decideEvidence,
} from '../../disputes/decide-dispute.ts'
import { type OpenedDispute, findDispute } from '../../disputes/disputes-of-charge.ts'
import { refuseAsStripe } from '../errors.ts'
import { formOf, textOf } from '../form.ts'
import { answerPage } from '../lists.ts'
import { paymentIntentId } from '../objects/payment-intent.ts'
import { toStripeDispute } from '../objects/dispute.ts'
import { type StripeCall, scopeOf } from '../stripe-call.ts'

export function showDispute(stripe: StripeCall, id: string): Answer {
  const opened = findOwn(stripe, id)
  return opened === null ? refuseAsStripe('dispute_not_found') : answerWith(toStripeDispute(opened))
}

/** Early warnings are objects of their own there, and no disputes. */
export function listDisputes(stripe: StripeCall): Answer {
  const { form } = stripe
  const charge = textOf(form, 'charge')
  const intent = textOf(form, 'payment_intent')
  const rows = [...stripe.context.state.disputes.keys()]
    .flatMap((id) => findOwn(stripe, id) ?? [])
    .filter(({ charge: { id } }) => charge === null || id === charge)
    .filter(({ charge: { id } }) => intent === null || paymentIntentId(id) === intent)
    .toSorted((a, b) => b.dispute.openedAt - a.dispute.openedAt)
    .map(toStripeDispute)
  return answerPage(rows, { form, url: '/v1/disputes' })
}

/** Evidence is submitted unless `submit` is false; then it is looked at and forgotten. */
export function updateDispute(stripe: StripeCall, id: string): Answer {
  const { form, call } = stripe
  const opened = findOwn(stripe, id)
  if (opened === null) return refuseAsStripe('dispute_not_found')
  const fields = Object.entries(formOf(form, 'evidence'))
  if (fields.length === 0 || textOf(form, 'submit') === 'false') {
    return answerWith(toStripeDispute(opened))
  }
  const texts = fields.flatMap(([, value]) => (typeof value === 'string' ? [value] : []))
  const files = texts
    .filter((text) => text.startsWith('file_'))
    .map((name) => ({ name, content_type: 'application/octet-stream' }))
  const text = texts.filter((one) => !one.startsWith('file_')).join('\n')
  const evidence = { at: call.at, text, files }
  return change(stripe, opened, decideEvidence(opened.dispute, opened.state, evidence))
}

export function closeDispute(stripe: StripeCall, id: string): Answer {
  const opened = findOwn(stripe, id)
  if (opened === null) return refuseAsStripe('dispute_not_found')
  const decision = decideAcceptance(opened.dispute, opened.state, stripe.call.at)
  return change(stripe, opened, decision)
}

function change(stripe: StripeCall, opened: OpenedDispute, decision: DisputeChange): Answer {
  if (decision.kind === 'refused') return refuseAsStripe(decision.code)
  if (decision.kind === 'accepted') {
    const { dispute } = decision
    record(stripe.context, { kind: 'disputed', dispute, at: stripe.call.at })
  }
  return showDispute(stripe, opened.dispute.id)
}

function findOwn(stripe: StripeCall, id: string): OpenedDispute | null {
  const { account, gatewayId } = scopeOf(stripe)
  const opened = findDispute(stripe.context.state, id, stripe.call.at)
  if (opened === null || opened.dispute.kind === 'early_warning') return null
  const isOwn = opened.dispute.account === account && opened.dispute.gatewayId === gatewayId
  return isOwn ? opened : null
}
