import type { DoubleAnswer } from '../json-server.ts'
import { balancesOf, type Action, type Instrument, type Payment } from './payment-book.ts'

// The vendor's objects, as its API reference shows them.

export function invalid(...codes: readonly string[]): DoubleAnswer {
  const requestId = 'b6b5d6a2-4d9c-4a55-8f65-0d3d5a7d6b1c'
  return {
    status: 422,
    body: { request_id: requestId, error_type: 'request_invalid', error_codes: codes },
  }
}

export function instrumentBody(instrument: Instrument) {
  const { id, card, expiryMonth, expiryYear } = instrument
  return {
    id,
    type: 'card',
    fingerprint: `vnsdrvikkvre3dtrjjvlm5du${card.number.slice(-4)}`,
    expiry_month: expiryMonth,
    expiry_year: expiryYear,
    scheme: card.scheme,
    last4: card.number.slice(-4),
    bin: card.number.slice(0, 6),
    card_type: 'Credit',
    card_category: 'Consumer',
    issuer_country: card.country,
  }
}

export function paymentBody(payment: Payment, url: string) {
  const [latest] = payment.actions
  return {
    id: payment.id,
    action_id: latest?.id,
    requested_on: payment.requestedOn,
    processed_on: latest?.processedOn,
    amount: payment.amount,
    currency: payment.currency,
    payment_type: payment.paymentType,
    merchant_initiated: payment.merchantInitiated,
    reference: payment.reference,
    approved: latest?.approved ?? false,
    status: payment.status,
    response_code: latest?.responseCode,
    response_summary: latest?.summary,
    scheme_id: payment.schemeId,
    risk: { flagged: false },
    source: instrumentBody(payment.instrument),
    processing: { acquirer_transaction_id: '767665093700479500359' },
    balances: balancesOf(payment),
    actions: payment.actions.map((action) => ({
      id: action.id,
      type: action.type,
      response_code: action.responseCode,
      response_summary: action.summary,
    })),
    _links: linksOf(payment, url),
  }
}

function linksOf(payment: Payment, url: string) {
  const self = { href: `${url}/payments/${payment.id}` }
  if (payment.status !== 'Pending' || payment.sessionId === null) return { self }
  return { self, redirect: { href: `${url}/sessions-interceptor/${payment.sessionId}` } }
}

export function actionBody(action: Action) {
  return {
    id: action.id,
    type: action.type,
    processed_on: action.processedOn,
    amount: action.amount,
    approved: action.approved,
    response_code: action.responseCode,
    response_summary: action.summary,
    ...(action.reference === null ? {} : { reference: action.reference }),
  }
}
