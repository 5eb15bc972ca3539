import { resolveToken } from '../vault/resolve-token.ts'
import { type Charge, chargeAt, refundStatusAt, takenBackAt } from '../charges/charge.ts'
import { endsDispute } from '../disputes/dispute.ts'
import { type OpenedDispute, findDispute } from '../disputes/disputes-of-charge.ts'
import { newsOfToken } from '../tokens/news-of-token.ts'
import type { Books } from '../statements/books.ts'
import type { Happening } from '../vault/timeline.ts'
import { toFraudWarning, toReturnDispute, toStripeDispute } from './objects/dispute.ts'
import { toPaymentIntent, toStripeCharge } from './objects/payment-intent.ts'
import { toPaymentMethod } from './objects/payment-method.ts'
import { toStripeRefund } from './objects/refund.ts'
import { showChargeAt } from './show-charge.ts'
import { toSeconds } from './stripe-call.ts'

/** https://docs.stripe.com/api/events/object, as far as integrations of ours read it. */
export interface StripeEvent {
  readonly id: string
  readonly object: 'event'
  readonly api_version: null
  readonly created: number
  readonly data: { readonly object: object }
  readonly livemode: false
  readonly pending_webhooks: number
  readonly request: null
  readonly type: string
}

type News = readonly (readonly [type: string, object: object])[]

/** What Stripe tells of a happening: the objects as they stood then. */
export function toEvents(books: Books, happening: Happening, origin: string): StripeEvent[] {
  return newsOf(books, happening, origin).map(([type, object]) => ({
    id: `evt_${type.replaceAll('.', '_')}_${happening.id.replaceAll('\n', '_')}_${happening.sequence}`,
    object: 'event',
    api_version: null,
    created: toSeconds(happening.at),
    data: { object },
    livemode: false,
    pending_webhooks: 0,
    request: null,
    type,
  }))
}

function newsOf(books: Books, happening: Happening, origin: string): News {
  switch (happening.kind) {
    case 'charge_declined':
    case 'charge_settled':
    case 'charge_voided':
    case 'challenge_answered':
    case 'debit_decided':
      return ofCharge(books, happening, origin)
    case 'debit_taken_back':
      return ofReturn(books, happening)
    case 'refund_made':
    case 'refund_decided':
      return ofRefund(books, happening, origin)
    case 'dispute_opened':
    case 'dispute_updated':
    case 'dispute_due':
    case 'dispute_closed':
      return ofDispute(books, happening)
    case 'token_changed':
      return ofToken(books, happening)
    case 'refund_moved':
      return []
  }
}

function ofCharge(books: Books, { id, at, kind }: Happening, origin: string): News {
  const charge = books.state.charges.get(id)
  if (charge === undefined || charge.attempt.amountMinor === 0) return []
  const shown = showChargeAt(books, charge, { at, origin })
  const intent = toPaymentIntent(shown, { expandCharge: false })
  if (kind === 'charge_voided') return [['payment_intent.canceled', intent]]
  switch (shown.charge.status) {
    case 'declined':
      return [
        ['payment_intent.payment_failed', intent],
        ['charge.failed', toStripeCharge(shown)],
      ]
    case 'succeeded':
      return ofSuccess(shown.charge, kind, { intent, charge: toStripeCharge(shown) })
    case 'pending':
    case 'needs_action':
      return []
  }
}

/** A challenge that was met is told as a success when the money is taken, not twice. */
function ofSuccess(
  charge: Charge,
  kind: Happening['kind'],
  shown: { readonly intent: object; readonly charge: object },
): News {
  if (charge.isVoided) return []
  if (charge.capturedMinor === 0) {
    return [['payment_intent.amount_capturable_updated', shown.intent]]
  }
  if (kind === 'challenge_answered') return []
  return [
    ['payment_intent.succeeded', shown.intent],
    ['charge.succeeded', shown.charge],
  ]
}

function ofReturn({ state }: Books, { id, at }: Happening): News {
  const charge = state.charges.get(id)
  const decline = charge === undefined ? null : takenBackAt(charge, at)
  if (charge === undefined || decline === null) return []
  const dispute = toReturnDispute(chargeAt(charge, at), { decline, at })
  return [
    ['charge.dispute.created', dispute],
    ['charge.dispute.closed', dispute],
  ]
}

function ofRefund(books: Books, { id, at, kind }: Happening, origin: string): News {
  const refund = books.state.refundIds.get(id)
  const charge = refund === undefined ? undefined : books.state.charges.get(refund.chargeId)
  if (refund === undefined || charge === undefined) return []
  const object = toStripeRefund(refund, at)
  if (kind === 'refund_made') {
    const shown = toStripeCharge(showChargeAt(books, charge, { at, origin }))
    return [
      ['refund.created', object],
      ['charge.refunded', shown],
    ]
  }
  const isFailed = refundStatusAt(refund, at) === 'failed'
  return [['refund.updated', object], ...(isFailed ? [['refund.failed', object] as const] : [])]
}

function ofDispute({ state }: Books, happening: Happening): News {
  const opened = findDispute(state, happening.id, happening.at)
  if (opened === null) return []
  if (opened.dispute.kind === 'early_warning') return ofWarning(opened, happening)
  const object = toStripeDispute(opened)
  const isChargeback = opened.dispute.kind === 'chargeback'
  if (happening.kind === 'dispute_opened') {
    const withdrawn = [['charge.dispute.funds_withdrawn', object]] as const
    return [['charge.dispute.created', object], ...(isChargeback ? withdrawn : [])]
  }
  if (happening.kind === 'dispute_updated') return [['charge.dispute.updated', object]]
  if (!endsDispute(opened.dispute, happening)) return []
  const isBack = isChargeback && object.status === 'won'
  const reinstated = [['charge.dispute.funds_reinstated', object]] as const
  return [['charge.dispute.closed', object], ...(isBack ? reinstated : [])]
}

function ofWarning(opened: OpenedDispute, { kind }: Happening): News {
  const change = kind === 'dispute_opened' ? 'created' : 'updated'
  return [[`radar.early_fraud_warning.${change}`, toFraudWarning(opened)]]
}

/** That a card was closed, or its holder should be asked, is told by no event of Stripe's. */
function ofToken({ world, state }: Books, { id, at }: Happening): News {
  const watch = state.watches.get(id)
  if (watch === undefined) return []
  const resolution = resolveToken(world, state, { ...watch, at })
  if (resolution.kind === 'refused') return []
  const customer = watch.instrument.startsWith('cus_') ? watch.instrument : null
  const change = newsOfToken(resolution.resolved.behaviour)?.change ?? 'updated'
  if (change === 'mandate_canceled') return [['mandate.updated', toEndedMandate(watch.token)]]
  if (change !== 'updated') return []
  const method = toPaymentMethod(watch.token, resolution.resolved, { customer, at })
  return [['payment_method.automatically_updated', method]]
}

/** https://docs.stripe.com/api/mandates/object */
function toEndedMandate(payment_method: string) {
  const id = `mandate_${payment_method}`
  return { id, object: 'mandate', livemode: false, payment_method, status: 'inactive' }
}
