import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  captureIntent,
  planAttempt,
  startIntent,
  type PaymentIntent,
} from '../../payments/index.ts'
import { decideHoldExpired, decideRelease, type ChangeSet, type HoldState } from '../index.ts'
import { ROUTE, at, newIntent, numberedId, usd } from '../test-samples.ts'

const NOW = at('2027-02-10')
const REFUSED = { kind: 'refused', code: 'not_voidable', message: null } as const
const RELEASING = { capturableMinor: 0n, cancellationReason: 'duplicate' }

/** 50.00 were authorised on 3 February. */
function heldIntent(change: Partial<PaymentIntent> = {}): HoldState {
  const base = { customerId: numberedId(1), amountMinor: 5000n, currency: usd() }
  const asHold = newIntent({ ...base, captureMethod: 'manual' })
  const started = startIntent(asHold, at('2027-02-03'))
  const intent = { ...started, status: 'processing', capturableMinor: 5000n, ...change } as const
  const request = { ...base, id: numberedId(51), invoiceId: null, paymentIntentId: intent.id }
  const asked = { subscriptionId: null, attemptNumber: 1, operation: 'authorize' } as const
  const planned = planAttempt({ ...request, ...asked }, ROUTE, at('2027-02-03'))
  const settled = {
    state: 'succeeded',
    gatewayReference: 'ch_1',
    settledAt: at('2027-02-03'),
  } as const
  return { intent, attempt: { ...planned, ...settled }, isBeingCaptured: false }
}

function told(changes: ChangeSet | null): string {
  const [intent] = changes?.changedIntents ?? []
  const news = changes?.facts.map(({ type }) => type.replace('payment_intent.', '')) ?? []
  if (intent === undefined) return 'nothing new'
  return [intent.status, intent.capturableMinor, ...news].join(' ')
}

const CASES: readonly (readonly [
  what: string,
  change: Partial<PaymentIntent>,
  voided: string,
  refused: string,
])[] = [
  ['asked to let go', RELEASING, 'canceled 0 canceled', 'processing 5000 release_failed'],
  ['held, and let go by somebody else', {}, 'canceled 0 canceled', 'nothing new'],
  ['captured meanwhile', { status: 'succeeded', capturableMinor: 0n }, 'nothing new', 'nothing new'], // prettier-ignore
  ['canceled before', { status: 'canceled', capturableMinor: 0n }, 'nothing new', 'nothing new'],
]

for (const [what, change, voided, refused] of CASES) {
  test(`a hold that was ${what}: what the gateway tells of letting go`, () => {
    const state = heldIntent(change)
    equal(told(decideRelease(state, { kind: 'voided' }, NOW)), voided)
    equal(told(decideRelease(state, REFUSED, NOW)), refused)
  })
}

test('a hold that lapses cancels its intent, and a capture then says why it takes nothing', () => {
  const changes = decideHoldExpired(heldIntent(), NOW)
  const [intent] = changes?.changedIntents ?? []
  ok(intent !== undefined)
  deepEqual([intent.status, intent.lastError?.declineCode, intent.canceledAt], ['canceled', 'authorization_expired', NOW]) // prettier-ignore
  deepEqual(captureIntent(intent, null), { kind: 'refused', code: 'authorization_expired' })
})

test('what is being captured, was captured or never given does not lapse', () => {
  const states: readonly HoldState[] = [
    { ...heldIntent(), isBeingCaptured: true },
    heldIntent({ status: 'succeeded' }),
    { ...heldIntent(), attempt: { ...heldIntent().attempt, state: 'declined' } },
  ]
  for (const state of states) equal(decideHoldExpired(state, NOW), null)
})
