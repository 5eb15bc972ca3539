import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, addMs, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import {
  type AttemptState,
  type GatewayOutcome,
  repeatedOutcome,
  settleAnswer,
  settleAttempt,
  unreachableOutcome,
  whenAnswered,
  withAdvice,
} from '../index.ts'
import {
  APPROVED,
  CHALLENGE,
  DECLINED,
  PENDING,
  ROUTE,
  SILENCE,
  at,
  attemptIn,
  numberedId,
} from '../test-payment.ts'

const NOW = at('2027-02-03')
const OUTCOMES = [APPROVED, DECLINED, PENDING, CHALLENGE, SILENCE]

test('an attempt is committed as sending, along its route, before anyone is asked', () => {
  const { state, paymentMethodId, gatewayId, createdAt, settledAt } = attemptIn('sending')
  deepEqual(
    [state, paymentMethodId, gatewayId, createdAt, settledAt],
    ['sending', ROUTE.paymentMethodId, ROUTE.gatewayId, at('2027-01-31'), null],
  )
})

test('what could not be sent has failed, unless it was sent before', () => {
  const unreachable = unreachableOutcome('connection refused')
  equal(resultOf('sending', unreachable), resultOf('sending', DECLINED))
  equal(repeatedOutcome(unreachable).kind, 'unknown')
  for (const outcome of OUTCOMES) equal(repeatedOutcome(outcome), outcome)
})

const LIVE: readonly AttemptState[] = ['sending', 'unknown', 'pending', 'needs_action']
const SETTLED: readonly AttemptState[] = ['succeeded', 'declined', 'canceled']

function resultOf(state: AttemptState, outcome: GatewayOutcome): string {
  const decision = settleAttempt(attemptIn(state), outcome, NOW)
  return decision.kind === 'ignored' ? decision.code : `${decision.kind} ${decision.attempt.state}`
}

test('a live attempt becomes what the gateway says', () => {
  for (const state of LIVE) {
    deepEqual(
      OUTCOMES.map((outcome) => resultOf(state, outcome)),
      [
        'settled succeeded',
        'settled declined',
        'waiting pending',
        'waiting needs_action',
        'waiting unknown',
      ],
      state,
    )
  }
})

test('a settled attempt stays what it is, whatever comes later', () => {
  for (const state of SETTLED) {
    for (const outcome of OUTCOMES) {
      const isContradicted = state === 'declined' && outcome === APPROVED
      const code = isContradicted ? 'charged_after_decline' : 'attempt_already_settled'
      equal(resultOf(state, outcome), code)
    }
  }
})

test('a settled attempt says when and why, and waits for nothing', () => {
  for (const state of LIVE) {
    for (const outcome of [APPROVED, DECLINED]) {
      const decision = settleAttempt(attemptIn(state), outcome, NOW)
      ok(decision.kind === 'settled')
      const { settledAt, checkAt, nextAction, decline } = decision.attempt
      deepEqual([settledAt, checkAt, nextAction], [NOW, null, null])
      equal(decline?.code, outcome === DECLINED ? 'insufficient_funds' : undefined)
    }
  }
})

test('a waiting attempt keeps only what it waits for', () => {
  for (const state of LIVE) {
    const waitsFor = (outcome: GatewayOutcome) => {
      const decision = settleAttempt(attemptIn(state), outcome, NOW)
      ok(decision.kind === 'waiting')
      const { checkAt, nextAction } = decision.attempt
      return [checkAt, nextAction?.type]
    }
    deepEqual(waitsFor(PENDING), [at('2027-02-04'), undefined], state) // asked again a day later
    // The customer has a day to answer.
    deepEqual(waitsFor(CHALLENGE), [at('2027-02-04'), 'redirect_to_url'], state)
  }
})

test('the gateway’s reference is kept when an answer has none', () => {
  const referenceAfter = (outcome: GatewayOutcome) => {
    const decision = settleAttempt(attemptIn('pending'), outcome, NOW)
    ok(decision.kind !== 'ignored')
    return decision.attempt.gatewayReference
  }
  equal(referenceAfter(SILENCE), 'ch_0')
  equal(referenceAfter(DECLINED), 'ch_0')
  equal(referenceAfter(APPROVED), 'ch_1')
})

test('a challenge is a decline, unless whoever confirms an intent is there', () => {
  const paymentIntentId = numberedId(80)
  for (const isOfIntent of [false, true])
    for (const isCustomerPresent of [false, true]) {
      const own = { paymentIntentId: isOfIntent ? paymentIntentId : null, isCustomerPresent }
      const attempt = { ...attemptIn('sending'), ...own }
      const settled = settleAnswer(attempt, CHALLENGE, NOW)
      ok(settled.kind !== 'ignored')
      const { state, decline, gatewayReference } = settled.attempt
      deepEqual(
        [state, decline?.code, gatewayReference],
        isOfIntent && isCustomerPresent
          ? ['needs_action', undefined, 'ch_1']
          : ['declined', 'authentication_required', 'ch_1'],
      )
      for (const each of [APPROVED, DECLINED, PENDING, SILENCE])
        deepEqual(settleAnswer(attempt, each, NOW), settleAttempt(attempt, each, NOW))
    }
})

test('what waits for an answer looks less often the longer that takes', () => {
  const looks: readonly (readonly [chargedAt: Instant | null, hours: number])[] = [
    [null, 1],
    [NOW, 1],
    [addDays(NOW, -1), 2],
    [addDays(NOW, -6), 12],
    [addDays(NOW, -40), 24],
  ]
  for (const [chargedAt, hours] of looks)
    equal(whenAnswered(NOW, chargedAt), addMs(NOW, hours * MS_PER_HOUR))
})

test('an approval keeps the advice that came with it, and a code that is none says nothing', () => {
  const now = at('2027-02-03')
  const adviceOf = (told: string | null) => {
    const outcome = { ...APPROVED, ...withAdvice(told) }
    const decision = settleAttempt(attemptIn('sending'), outcome, now)
    return decision.kind === 'settled' && decision.attempt.approvalAdvice
  }
  equal(adviceOf('41'), '41')
  equal(adviceOf('40 : Consumer non-reloadable prepaid'), '40')
  equal(adviceOf('00'), null)
  equal(adviceOf(null), null)
})
