import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AttemptOperation,
  type AttemptState,
  type GatewayOutcome,
  type PaymentAttempt,
  type PaymentIntent,
  planAttempt,
  startIntent,
} from '../../payments/index.ts'
import { NEW_INVOICE, type Invoice } from '../../invoices/index.ts'
import { decideIntentSettlement } from '../index.ts'
import {
  APPROVED,
  CHALLENGE,
  DECLINED,
  PENDING,
  ROUTE,
  SILENCE,
  at,
  newIntent,
  numberedId,
  usd,
} from '../test-samples.ts'

const NOW = at('2027-02-03')

function stateOf(operation: AttemptOperation, attemptState: AttemptState) {
  const base = {
    customerId: numberedId(1),
    amountMinor: 4900n,
    currency: usd(),
  }
  const captureMethod = operation === 'charge' ? 'automatic' : 'manual'
  const started = startIntent(newIntent({ ...base, captureMethod }), at('2027-02-01'))
  const intent: PaymentIntent = {
    ...started,
    status: attemptState === 'needs_action' ? 'requires_action' : 'processing',
    capturableMinor: operation === 'capture' ? 4900n : 0n,
  }
  const request = {
    ...base,
    id: numberedId(51),
    invoiceId: null,
    paymentIntentId: intent.id,
    subscriptionId: null,
    attemptNumber: 2,
    isCustomerPresent: true,
    operation,
  }
  const planned = planAttempt(request, ROUTE, at('2027-02-01'))
  const attempt: PaymentAttempt = { ...planned, state: attemptState }
  return { intent, attempt, route: ROUTE }
}

/** Status of the intent, sums, and what was told, in one line. */
function settle(operation: AttemptOperation, state: AttemptState, outcome: GatewayOutcome): string {
  let next = 100
  const tools = { nextId: () => numberedId((next += 1)), nextToken: () => 'token' }
  const before = stateOf(operation, state)
  const { result, changes } = decideIntentSettlement(before, outcome, NOW, tools)
  const intent = changes.changedIntents[0] ?? before.intent
  const posted = changes.transfers.map(
    ({ debit, credit, amountMinor }) => `${debit}<${credit} ${amountMinor}`,
  )
  const told = changes.facts.map(({ type, number }) => `${type}#${number}`)
  return [result, intent.status, intent.capturableMinor, intent.receivedMinor, ...posted, ...told]
    .map(String)
    .join(' ')
}

const PAID = 'gateway_clearing<revenue 4900 payment.succeeded#0 payment_intent.succeeded#0'
const REFUSED = 'payment.failed#0 payment_intent.payment_failed#2'

const ROWS: readonly (readonly [AttemptOperation, AttemptState, GatewayOutcome, string])[] = [
  ['charge', 'sending', APPROVED, `paid succeeded 0 4900 ${PAID}`],
  ['charge', 'unknown', APPROVED, `paid succeeded 0 4900 ${PAID}`],
  ['charge', 'sending', DECLINED, `failed requires_payment_method 0 0 ${REFUSED}`],
  ['charge', 'sending', SILENCE, 'waiting processing 0 0'],
  ['charge', 'sending', PENDING, 'waiting processing 0 0'],
  ['charge', 'pending', APPROVED, `paid succeeded 0 4900 ${PAID}`],
  ['charge', 'sending', CHALLENGE, 'waiting requires_action 0 0 payment_intent.requires_action#2'],
  ['charge', 'needs_action', CHALLENGE, 'ignored requires_action 0 0'],
  ['charge', 'needs_action', PENDING, 'waiting processing 0 0'],
  ['charge', 'needs_action', APPROVED, `paid succeeded 0 4900 ${PAID}`],
  ['charge', 'succeeded', APPROVED, 'ignored processing 0 0'],
  ['charge', 'declined', DECLINED, 'ignored processing 0 0'],
  ['charge', 'declined', APPROVED, 'contradicted processing 0 0'],
  ['authorize', 'sending', APPROVED, 'paid processing 4900 0'],
  ['authorize', 'sending', DECLINED, `failed requires_payment_method 0 0 ${REFUSED}`],
  ['capture', 'sending', APPROVED, `paid succeeded 0 4900 ${PAID}`],
  ['capture', 'sending', DECLINED, `failed processing 4900 0 ${REFUSED}`],
  ['capture', 'sending', SILENCE, 'waiting processing 4900 0'],
]

test('money is booked when it moves, once, and an authorisation moves none', () => {
  for (const [operation, state, outcome, expected] of ROWS)
    equal(settle(operation, state, outcome), expected, `${operation} ${state} ${outcome.kind}`)
})

/** Issued for the capture, and owed until it has come. */
function billOf({ intent }: ReturnType<typeof stateOf>) {
  const { customerId, amountMinor: totalMinor, currency } = intent
  const dated = { createdAt: NOW, updatedAt: NOW, period: null, finalizedAt: NOW }
  const invoice: Invoice = {
    ...NEW_INVOICE,
    ...dated,
    id: numberedId(60),
    number: 'R-1',
    customerId,
    subscriptionId: null,
    billingReason: 'manual',
    status: 'finalized',
    currency,
    subtotalMinor: totalMinor,
    discountMinor: 0n,
    taxMinor: 0n,
    totalMinor,
    collectionMethod: 'charge_automatically',
  }
  return { invoice, lines: [], renewal: null, billed: null }
}

test('a capture for an invoice pays it, or leaves it written off', () => {
  let next = 100
  const tools = { nextId: () => numberedId((next += 1)), nextToken: () => 'token' }
  const settled = [APPROVED, DECLINED].map((outcome) => {
    const held = stateOf('capture', 'sending')
    const bill = billOf(held)
    const state = { ...held, bill, attempt: { ...held.attempt, invoiceId: bill.invoice.id } }
    const { changes } = decideIntentSettlement(state, outcome, NOW, tools)
    const [invoice] = changes.changedInvoices
    const posted = changes.transfers.map(({ debit, credit }) => `${debit}<${credit}`)
    return [
      invoice?.status,
      invoice?.paidMinor,
      ...posted,
      ...changes.facts.map(({ type }) => type),
    ]
  })
  deepEqual(settled, [
    ['paid', 4900n, 'gateway_clearing<receivable', 'payment.succeeded', 'invoice.paid', 'payment_intent.succeeded'],
    ['uncollectible', 0n, 'write_offs<receivable', 'payment.failed', 'payment_intent.payment_failed', 'invoice.payment_failed', 'invoice.marked_uncollectible'],
  ]) // prettier-ignore
})

test('credit that had paid part of a bill goes back when the capture of the rest is refused', () => {
  let next = 100
  const tools = { nextId: () => numberedId((next += 1)), nextToken: () => 'token' }
  const held = stateOf('capture', 'sending')
  const made = billOf(held)
  const credit = { status: 'partially_paid', paidMinor: 900n, creditAppliedMinor: 900n } as const
  const invoice: Invoice = { ...made.invoice, ...credit }
  const attempt = { ...held.attempt, invoiceId: invoice.id, amountMinor: 4000n }
  const state = { ...held, bill: { ...made, invoice }, attempt }
  const { changes } = decideIntentSettlement(state, DECLINED, NOW, tools)
  const posted = changes.transfers.map(
    ({ debit, credit: to, amountMinor }) => `${debit}<${to} ${amountMinor}`,
  )
  deepEqual(
    [
      changes.changedInvoices.map(({ status, paidMinor }) => [status, paidMinor]),
      changes.balanceChanges.map(({ amountMinor }) => amountMinor),
      posted,
    ],
    [[['void', 0n]], [900n], ['receivable<customer_credit 900', 'revenue<receivable 4900']],
  )
})

test('a charge that the merchant makes alone has nobody who could answer a challenge', () => {
  const tools = { nextId: () => numberedId(9), nextToken: () => '' }
  const state = stateOf('charge', 'sending')
  const alone = { ...state, attempt: { ...state.attempt, isCustomerPresent: false } }
  const { result, changes } = decideIntentSettlement(alone, CHALLENGE, NOW, tools)
  const codes = changes.changedAttempts.map(({ decline }) => decline?.code)
  deepEqual([result, codes], ['failed', ['authentication_required']])
})

test('a challenge is put to the customer, who may be there, and says where they come back to', () => {
  const tools = { nextId: () => numberedId(9), nextToken: () => '' }
  const returnUrl = 'https://shop.example/thanks'
  const state = { ...stateOf('charge', 'sending'), returnUrl }
  const { changes } = decideIntentSettlement(state, CHALLENGE, NOW, tools)
  deepEqual(
    changes.changedIntents.map((intent) => intent.nextAction),
    [{ type: 'redirect_to_url', url: 'https://bank.example/confirm', returnUrl }],
  )
})
