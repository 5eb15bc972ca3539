import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findIsoCode } from '../../declines/index.ts'
import { assert } from '../../fault/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import {
  buildModel,
  emptyEvidence,
  mayCharge,
  toPolicy,
  type RecoveryCase,
  type RecoveryChoice,
  type SalvagePlan,
} from '../../recovery/index.ts'
import { addDays, addMs, maxInstant, type Instant } from '../../time/index.ts'
import { collectionFailed } from '../failed/collection-failed.ts'
import {
  cancelRecovery,
  decideCasePlan,
  decideRetry,
  emptyChangeSet,
  retryByHand,
} from '../index.ts'
import type { RetryState } from '../state/billed-state.ts'
import { paidShop, type Shop } from '../test-shop.ts'
import { APPROVED, at, numberedId, POLICY } from '../test-samples.ts'

function declined(isoCode: string, adviceCode: string | null = null): GatewayOutcome {
  const code = findIsoCode(isoCode)?.code ?? 'generic_decline'
  const decline = { code, isoCode, adviceCode, message: null }
  return { kind: 'declined', gatewayReference: 'ch_1', decline }
}

/** A shop whose renewal of 28 February was refused. */
function refusedShop(outcome: GatewayOutcome): Shop {
  const shop = paidShop()
  shop.step(at('2027-02-28'))
  shop.answer(outcome, at('2027-02-28'))
  return shop
}

function theCase(shop: Shop): RecoveryCase {
  const [only] = [...shop.cases.values()]
  assert(only !== undefined, 'the shop has a case')
  return only
}

function stateOf(shop: Shop, choice: RecoveryChoice = { policy: 'ladder' }): RetryState {
  const { invoiceId } = theCase(shop)
  const policy = toPolicy(choice, POLICY)
  return {
    ...shop.billed(invoiceId),
    billed: { ...shop.state(), policy },
    attemptsMade: shop.attempts.size - 1,
    chargedAt: shop.liveAttempts()[0]?.createdAt ?? null,
    view: { ...shop.caseView(invoiceId), policy, model: MODEL },
  }
}

/** The shop writes down what it is given, and a model is long. */
const MODEL = { ...buildModel(emptyEvidence(), at('2027-02-28')), toJSON: () => 'a model' }

function planned(shop: Shop, now: Instant, choice?: RecoveryChoice): string {
  const changes = decideCasePlan(stateOf(shop, choice), now)
  shop.apply(changes)
  return changes.newCaseDecisions.map((each) => each.kind).join()
}

const TOOLS = { nextId: () => numberedId(9_999), nextToken: () => 'token' }

test('a card that may not be tried again is not: it is waited for until the grace period ends', () => {
  const shop = refusedShop(declined('43'))
  equal(planned(shop, at('2027-02-28')), 'wait_for_card')
  deepEqual(shop.work(at('2027-03-06')), [])
  deepEqual(shop.work(at('2027-03-07')), ['2027-03-07 retry given_up'])
  deepEqual([theCase(shop).state, shop.subscription.status], ['exhausted', 'unpaid'])
  equal(shop.attempts.size, 2)
})

test('another card is tried at once, beside the schedule, and once', () => {
  const shop = refusedShop(declined('51'))
  planned(shop, at('2027-02-28'))
  const [route] = shop.routes
  assert(route !== undefined, 'the shop has a way to charge')
  shop.routes = [{ ...route, paymentMethodId: numberedId(77) }]
  const wake = () =>
    shop.cases.set(theCase(shop).id, { ...theCase(shop), retryNowAt: at('2027-03-02') })
  wake()
  // The retry of day 1 was due before: it is late here, and goes first.
  const worked = shop.retry({ ...theCase(shop), retryNowAt: at('2027-03-02') }, at('2027-03-02'))
  equal(worked, 'retry charging')
  shop.answer(declined('05'), at('2027-03-02'))
  equal(theCase(shop).retriesMade, 0)
  wake()
  equal(shop.retry(theCase(shop), at('2027-03-02')), 'retry postponed')
  equal(shop.liveAttempts().length, 0)
})

test('a try that explores when it is made keeps the best gateway of that instant as its runner-up', () => {
  const shop = refusedShop(declined('05'))
  const choice: RecoveryChoice = { policy: 'planner', horizonDays: null, attemptsMax: null }
  planned(shop, at('2027-02-28'), choice)
  const own = theCase(shop)
  const state = stateOf(shop, choice)
  const [card] = state.view.cards
  assert(card !== undefined, 'the shop has a card')
  const gatewayIds = [numberedId(71), numberedId(72)]
  const view = { ...state.view, draw: 0.01, cards: [{ ...card, gatewayIds }] }
  // Some minutes before the instant of the schedule: near enough to be tried now.
  const due = addMs(own.nextAttemptAt ?? at('2027-03-07'), -20 * 60_000)
  const { changes } = decideRetry({ ...state, view }, due, TOOLS)
  const [decision] = changes.newCaseDecisions
  deepEqual([decision?.dueAt, decision?.runnerUp?.at], [due, due])
  ok(decision?.gatewayId !== decision?.runnerUp?.gatewayId)
})

test('a try by hand asks the guard, leaves the schedule, and is refused with the rule and the instant', () => {
  const shop = refusedShop(declined('51', '27'))
  const refused = retryByHand(stateOf(shop), at('2027-03-01'), TOOLS)
  ok(refused.kind === 'refused')
  deepEqual([refused.code, refused.denied?.rule], ['attempt_forbidden', 'advised_delay'])
  equal(refused.denied?.allowedAt, addDays(at('2027-02-28'), 4))
  match(refused.denied?.reason ?? '', /96 h/)

  const made = retryByHand(stateOf(shop), at('2027-03-05'), TOOLS)
  ok(made.kind === 'charging')
  const [attempt] = made.changes.newAttempts
  deepEqual([attempt?.retryKind, attempt?.retryNumber], ['manual', 1])
  const before = theCase(shop)
  shop.apply(made.changes)
  shop.answer(APPROVED, at('2027-03-05'))
  deepEqual([theCase(shop).state, before.retriesMade], ['recovered', theCase(shop).retriesMade])
  equal(retryByHand(stateOf(shop), at('2027-03-06'), TOOLS).kind, 'refused')
})

test('the guard is asked about the part that a try asks for, when it is planned and when it is made', () => {
  const halves = (count: number): Shop => {
    const shop = refusedShop(declined('51'))
    const [renewal] = [...shop.attempts.values()].filter(({ decline }) => decline !== null)
    assert(renewal !== undefined, 'the renewal was refused')
    for (let made = 0; made < count; made += 1) {
      const id = numberedId(7_000 + made)
      const invoiceId = numberedId(8_000)
      shop.attempts.set(id, { ...renewal, id, invoiceId, amountMinor: 2_450n })
    }
    return shop
  }
  const salvage: SalvagePlan = {
    sources: ['subscription_renewal'],
    attempts: [{ gateway: 'payment_profile', percent: 50, afterDays: 1 }],
    originalGatewayId: null,
  }
  for (const [refusals, result] of [
    [14, 'charging'],
    [15, 'postponed'],
  ] as const) {
    const shop = halves(refusals)
    const plain = stateOf(shop)
    const state = { ...plain, attemptsMade: 1, view: { ...plain.view, salvage } }
    const [planned] = decideCasePlan(state, at('2027-02-28')).newCaseDecisions
    equal(planned?.guard.kind, refusals < 15 ? 'allowed' : 'until')
    const made = decideRetry(state, at('2027-03-01'), TOOLS)
    equal(made.result, result)
    const charged = made.changes.newAttempts.map(({ amountMinor }) => amountMinor)
    deepEqual(charged, refusals < 15 ? [2_450n] : [])
  }
})

test('a case that is given up by hand is canceled, and its subscription ends as after the last retry', () => {
  const shop = refusedShop(declined('05'))
  const done = cancelRecovery(stateOf(shop), at('2027-03-02'), TOOLS)
  ok(done.kind === 'canceled')
  shop.apply(done.changes)
  deepEqual([theCase(shop).state, shop.subscription.status], ['canceled', 'unpaid'])
  deepEqual(shop.work(at('2027-03-20')), [])
})

test('the end stays at the last day when the last retry was made before it', () => {
  const shop = refusedShop(declined('05'))
  const early = { ...theCase(shop), retriesMade: 2, nextAttemptAt: null }
  shop.cases.set(early.id, early)
  const state = { ...shop.state(), openCases: [early] }
  const work = { at: at('2027-03-05'), tools: TOOLS, changes: emptyChangeSet() }
  collectionFailed(state, shop.billed(early.invoiceId), 'do_not_honor', work)
  shop.apply(work.changes)
  deepEqual([theCase(shop).waitsFor, shop.subscription.status], ['end', 'past_due'])
  deepEqual(shop.work(at('2027-03-07')), ['2027-03-07 retry given_up'])
})

const CHOICES: readonly RecoveryChoice[] = [
  { policy: 'ladder' },
  { policy: 'fixed', retryDays: [1, 2, 3, 4, 5, 6] },
  { policy: 'planner', horizonDays: null, attemptsMax: null },
  { policy: 'planner', horizonDays: 28, attemptsMax: 8 },
]

test('no attempt is ever made that the guard forbids, and every case comes to one end', () => {
  const refusal = fc.record({
    iso: fc.constantFrom('51', '05', '61', '91', '96', '43', '1A', '14', 'R1'),
    advice: fc.constantFrom(null, null, null, '02', '24', '25', '26', '28', '03', '21'),
    isApproved: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  })
  fc.assert(
    fc.property(
      fc.array(refusal, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...CHOICES),
      (refusals, choice) => {
        const [first, ...others] = refusals
        assert(first !== undefined, 'there is a first refusal')
        const shop = refusedShop(declined(first.iso, first.advice))
        planned(shop, shop.now, choice)
        const left = [...others]
        for (let steps = 0; theCase(shop).state === 'open'; steps += 1) {
          ok(steps < 200, 'a case comes to its end')
          const open = theCase(shop)
          assert(open.nextAttemptAt !== null, 'a case that waits knows until when')
          const now = maxInstant(open.nextAttemptAt, shop.now)
          const state = stateOf(shop, choice)
          const [card] = state.view.cards
          const charge = { amountMinor: state.invoice.totalMinor, currency: state.invoice.currency }
          const made = shop.retryAs(state, now)
          if (made === 'retry charging') {
            assert(card !== undefined, 'the shop has a card')
            equal(mayCharge(card, { ...charge, at: now }).kind, 'allowed')
            const next = left.shift() ?? first
            shop.answer(next.isApproved ? APPROVED : declined(next.iso, next.advice), now)
          }
          if (theCase(shop).planAt !== null) planned(shop, now, choice)
        }
        const { state, closedAt, nextAttemptAt, planAt } = theCase(shop)
        ok(state === 'recovered' || state === 'exhausted')
        deepEqual([closedAt === null, nextAttemptAt, planAt], [false, null, null])
      },
    ),
    { numRuns: 100 },
  )
})
