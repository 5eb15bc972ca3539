import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AttemptState,
  type IntentDecision,
  type PaymentIntent,
  cancelIntent,
  confirmIntent,
  settleIntent,
} from './index.ts'
import { at, attemptIn, numberedId, usd } from './test-payment.ts'

const NOW = at('2027-02-03')
const METHOD = numberedId(1)
type IntentStatus = PaymentIntent['status']

function intentIn(status: IntentStatus, more: Partial<PaymentIntent> = {}): PaymentIntent {
  return {
    id: numberedId(7),
    version: 3,
    customerId: numberedId(6),
    paymentMethodId: METHOD,
    amountMinor: 4900n,
    capturableMinor: 0n,
    receivedMinor: 0n,
    currency: usd(),
    status,
    captureMethod: 'automatic',
    description: null,
    statementDescriptor: null,
    statementDescriptorSuffix: null,
    receiptEmail: null,
    clientSecret: 'secret',
    lastError: null,
    nextAction:
      status === 'requires_action'
        ? { type: 'redirect_to_url', url: 'https://bank.example' }
        : null,
    cancellationReason: null,
    canceledAt: null,
    metadata: {},
    createdAt: at('2027-01-31'),
    updatedAt: at('2027-01-31'),
    ...more,
  }
}

const outcome = (decision: IntentDecision): string =>
  decision.kind === 'accepted' ? decision.intent.status : decision.code
const INVALID = 'intent_state_invalid'

const COMMANDS: readonly (readonly [IntentStatus, confirm: string, cancel: string])[] = [
  ['requires_payment_method', 'processing', 'canceled'],
  ['requires_confirmation', 'processing', 'canceled'],
  ['requires_action', INVALID, 'canceled'],
  ['processing', INVALID, 'canceled'],
  ['succeeded', INVALID, INVALID],
  ['canceled', INVALID, INVALID],
]

test('an intent is confirmed while it waits for it, and canceled until it is final', () => {
  for (const [status, ...expected] of COMMANDS) {
    const intent = intentIn(status)
    const found = [confirmIntent(intent, METHOD, NOW), cancelIntent(intent, 'asked', NOW)]
    deepEqual(found.map(outcome), expected, status)
  }
})

test('confirming needs a method, which is asked for after the state', () => {
  equal(
    outcome(confirmIntent(intentIn('requires_confirmation'), null, NOW)),
    'payment_method_missing',
  )
  equal(outcome(confirmIntent(intentIn('succeeded'), null, NOW)), INVALID)
})

test('confirming again forgets the last error', () => {
  const lastError = { code: 'card_declined', message: 'No.', declineCode: null }
  const failed = intentIn('requires_payment_method', { lastError, paymentMethodId: null })
  const decision = confirmIntent(failed, METHOD, NOW)
  ok(decision.kind === 'accepted')
  const { paymentMethodId, version, updatedAt } = decision.intent
  deepEqual(
    [decision.intent.lastError, paymentMethodId, version, updatedAt],
    [null, METHOD, 4, NOW],
  )
})

test('canceling gives up what could be captured and says why', () => {
  const decision = cancelIntent(intentIn('processing', { capturableMinor: 4900n }), 'asked', NOW)
  ok(decision.kind === 'accepted')
  const { capturableMinor, canceledAt, cancellationReason } = decision.intent
  deepEqual([capturableMinor, canceledAt, cancellationReason], [0n, NOW, 'asked'])
})

const SETTLEMENTS: readonly (readonly [
  AttemptState,
  PaymentIntent['captureMethod'],
  status: string,
  capturable: bigint,
  received: bigint,
])[] = [
  ['sending', 'automatic', 'processing', 0n, 0n],
  ['unknown', 'automatic', 'processing', 0n, 0n],
  ['pending', 'automatic', 'processing', 0n, 0n],
  ['needs_action', 'automatic', 'requires_action', 0n, 0n],
  ['succeeded', 'automatic', 'succeeded', 0n, 4900n],
  ['succeeded', 'manual', 'processing', 4900n, 0n],
  ['declined', 'automatic', 'requires_payment_method', 0n, 0n],
  ['canceled', 'automatic', 'canceled', 0n, 0n],
]

test('an intent follows its attempt', () => {
  for (const [state, captureMethod, ...expected] of SETTLEMENTS) {
    const intent = intentIn('processing', { captureMethod })
    const { status, capturableMinor, receivedMinor } = settleIntent(intent, attemptIn(state), NOW)
    deepEqual([status, capturableMinor, receivedMinor], expected, `${state} ${captureMethod}`)
  }
})

test('an intent asks for an action only while one is wanted', () => {
  const waiting = intentIn('requires_action')
  for (const state of ['unknown', 'pending', 'succeeded', 'declined', 'canceled'] as const) {
    equal(settleIntent(waiting, attemptIn(state), NOW).nextAction, null, state)
  }
  equal(settleIntent(waiting, attemptIn('needs_action'), NOW).nextAction?.type, 'redirect_to_url')
})

test('a decline says which', () => {
  const decline = { code: 'expired_card', isoCode: '54', adviceCode: null, message: 'Expired.' }
  const declined = settleIntent(intentIn('processing'), { ...attemptIn('declined'), decline }, NOW)
  const expected = { code: 'card_declined', message: 'Expired.', declineCode: 'expired_card' }
  deepEqual(declined.lastError, expected)
  const unnamed = settleIntent(intentIn('processing'), attemptIn('declined'), NOW)
  equal(unnamed.lastError?.declineCode, 'generic_decline')
})
