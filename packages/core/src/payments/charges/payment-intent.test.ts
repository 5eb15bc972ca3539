import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AttemptState,
  type IntentDecision,
  type IntentEdit,
  type PaymentAttempt,
  type PaymentIntent,
  cancelIntent,
  captureIntent,
  confirmIntent,
  editIntent,
  planCapture,
  settleIntent,
  startIntent,
} from '../index.ts'
import { at, attemptIn, numberedId, usd } from '../test-payment.ts'

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

test('a new intent waits for what is missing: its method, or its confirmation', () => {
  for (const [paymentMethodId, status] of [
    [null, 'requires_payment_method'],
    [METHOD, 'requires_confirmation'],
  ] as const) {
    const intent = startIntent({ ...intentIn('processing'), paymentMethodId }, NOW)
    const { version, capturableMinor, receivedMinor, createdAt } = intent
    equal(intent.status, status)
    deepEqual([version, capturableMinor, receivedMinor, createdAt], [1, 0n, 0n, NOW])
  }
})

const EDITS: readonly (readonly [IntentStatus, IntentEdit, outcome: string])[] = [
  ['requires_payment_method', { amountMinor: 1n }, 'requires_payment_method'],
  ['requires_payment_method', { paymentMethodId: METHOD }, 'requires_confirmation'],
  ['requires_confirmation', { paymentMethodId: null }, 'requires_payment_method'],
  ['requires_confirmation', { description: 'x' }, 'requires_confirmation'],
  ['requires_action', { amountMinor: 1n }, INVALID],
  ['processing', { amountMinor: 1n }, INVALID],
  ['succeeded', { amountMinor: 1n }, INVALID],
  ['canceled', { amountMinor: 1n }, INVALID],
]

test('an intent can be edited while nothing is under way', () => {
  for (const [status, edit, expected] of EDITS) {
    const decision = editIntent(intentIn(status), edit, NOW)
    equal(outcome(decision), expected, `${status} ${Object.keys(edit).join()}`)
    if (decision.kind !== 'accepted') continue
    deepEqual({ ...decision.intent, ...edit }, decision.intent)
  }
})

const CAPTURES: readonly (readonly [IntentStatus, capturable: bigint, bigint | null, string])[] = [
  ['processing', 4900n, null, '4900'],
  ['processing', 4900n, 4900n, '4900'],
  ['processing', 4900n, 1n, '1'],
  ['processing', 4900n, 4901n, 'amount_above_capturable'],
  ['processing', 0n, null, INVALID],
  ['requires_confirmation', 0n, 1n, INVALID],
  ['succeeded', 0n, null, INVALID],
  ['canceled', 0n, null, INVALID],
]

test('as much can be captured as is authorised, and nothing else', () => {
  for (const [status, capturableMinor, amountMinor, expected] of CAPTURES) {
    const decision = captureIntent(intentIn(status, { capturableMinor }), amountMinor)
    const found = decision.kind === 'accepted' ? String(decision.amountMinor) : decision.code
    equal(found, expected, `${status} ${capturableMinor} ${amountMinor}`)
  }
})

test('a capture goes where the authorisation is, under a key of its own', () => {
  const gatewayReference = 'ch_9'
  const authorized: PaymentAttempt = {
    ...attemptIn('succeeded'),
    operation: 'authorize',
    gatewayReference,
  }
  const given = { id: numberedId(30), attemptNumber: 3, amountMinor: 3000n }
  const capture = planCapture(authorized, given, NOW)
  deepEqual(capture, {
    ...authorized,
    ...given,
    operation: 'capture',
    state: 'sending',
    createdAt: NOW,
  })
  throws(() => planCapture(attemptIn('succeeded'), given, NOW), /was authorised/)
})

const CAPTURED: readonly (readonly [AttemptState, status: string, capturable: bigint, bigint])[] = [
  ['succeeded', 'succeeded', 0n, 3000n],
  ['declined', 'processing', 4900n, 0n],
  ['unknown', 'processing', 4900n, 0n],
]

test('a capture that comes after the authorisation has expired ends the intent', () => {
  const intent = intentIn('processing', { captureMethod: 'manual', capturableMinor: 4900n })
  const attempt = { ...attemptIn('declined'), operation: 'capture' } as const
  const decline = { code: 'authorization_expired', message: 'Too late.' }
  const refused = { ...attempt, decline: { ...decline, isoCode: null, adviceCode: null } }
  const settled = settleIntent(intent, refused, NOW)
  const { status, capturableMinor, canceledAt, lastError } = settled
  deepEqual([status, capturableMinor, canceledAt], ['canceled', 0n, NOW])
  deepEqual(lastError, {
    code: 'capture_failed',
    message: 'Too late.',
    declineCode: 'authorization_expired',
  })
})

test('a capture that fails or is not answered leaves the authorisation as it was', () => {
  const intent = intentIn('processing', { captureMethod: 'manual', capturableMinor: 4900n })
  for (const [state, ...expected] of CAPTURED) {
    const operation = 'capture' as const
    const attempt = { ...attemptIn(state), operation, amountMinor: 3000n }
    const { status, capturableMinor, receivedMinor, lastError } = settleIntent(intent, attempt, NOW)
    deepEqual([status, capturableMinor, receivedMinor], expected, state)
    equal(lastError?.code, state === 'declined' ? 'capture_failed' : undefined)
  }
})
