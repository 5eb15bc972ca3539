import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addMs, MS_PER_HOUR } from '../../time/index.ts'
import type { PastAttempt } from '../guard/ask-guard.ts'
import type { CardNetwork } from '../guard/network-rules.ts'
import { decideInTurn } from './decide-in-turn.ts'
import { moveOutside, openOutside } from './decide-outside.ts'
import type { OutsideRecovery } from './outside-recovery.ts'
import type { OutsideCard, OutsideView } from './outside-view.ts'
import { handed, NOW, USD, viewOfCards } from './test-outside.ts'

function viewOf(network: CardNetwork, history: readonly PastAttempt[] = []): OutsideView {
  return viewOfCards((token) => ({
    network,
    country: null,
    history: token === 'new' ? history : [],
  }))
}

/** They wait for another card. */
function waiting(count: number, isOneAmount = false): OutsideRecovery[] {
  return Array.from({ length: count }, (_, index) => {
    const wish = {
      amountMinor: isOneAmount ? 5000n : BigInt(5000 + index),
      handedToken: 'old',
      firstDecline: { code: 'expired_card', isoCode: null, adviceCode: null, message: null },
    }
    return openOutside(handed(wish), viewOf('mastercard')).recovery
  })
}

const moveAll = (recoveries: readonly OutsideRecovery[], view: OutsideView) =>
  decideInTurn(
    recoveries.map((recovery) => ({ recovery, view })),
    (recovery, known) => moveOutside(recovery, 'new', known),
  )

function refused(hoursAgo: number, amountMinor = 1n): PastAttempt {
  const decline = { code: 'do_not_honor', isoCode: '05', adviceCode: null, message: null }
  return { at: addMs(NOW, -hoursAgo * MS_PER_HOUR), amountMinor, currency: USD, decline }
}

test('what is decided at once is charged as often as the network allows, and the rest waits for the answers', () => {
  const steps = moveAll(waiting(40), viewOf('mastercard'))
  assert.equal(steps.filter(({ isAttempting }) => isAttempting).length, 9)
  const left = steps.filter(({ isAttempting }) => !isAttempting).map(({ recovery }) => recovery)
  for (const { state, closedAt, nextAttemptAt, recommendedAction } of left)
    assert.deepEqual([state, closedAt, nextAttemptAt, recommendedAction], ['scheduled', null, addMs(NOW, MS_PER_HOUR), 'monitor']) // prettier-ignore
  // Refused, they leave no room: that is the end of the others (spec/revtain.md 8.3).
  const [next] = moveAll(left.slice(0, 1), viewOf('mastercard', Array.from({ length: 9 }, () => refused(1)))) // prettier-ignore
  assert.deepEqual([next?.recovery.state, next?.recovery.recommendedAction], ['failed', 'request_card_update']) // prettier-ignore
})

test('a card that two gateways know by two tokens is one card for what is decided at once', () => {
  const cardOf = () =>
    ({ names: ['fp'], network: 'mastercard', country: null, history: [] }) as const
  const viewAt = (gateway: string): OutsideView => ({ ...viewOfCards(cardOf), gateway })
  const turns = waiting(40).map((recovery, index) => ({
    recovery,
    view: viewAt(index % 2 === 0 ? 'amber' : 'birch'),
  }))
  const steps = decideInTurn(turns, (recovery, known) =>
    moveOutside(recovery, `at ${known.gateway}`, known),
  )
  assert.equal(steps.filter(({ isAttempting }) => isAttempting).length, 9)
})

test('a card is one under any of its names', () => {
  const cardOf = (token: string): OutsideCard => ({
    names: token === 'one' ? ['method', 'fp'] : ['fp'],
    network: 'mastercard',
    country: null,
    history: [],
  })
  const view = viewOfCards(cardOf)
  const turns = waiting(40).map((recovery) => ({ recovery, view }))
  let turn = 0
  const steps = decideInTurn(turns, (recovery, known) =>
    moveOutside(recovery, (turn += 1) % 2 === 0 ? 'one' : 'other', known),
  )
  assert.equal(steps.filter(({ isAttempting }) => isAttempting).length, 9)
})

test('what is under way starts no pause', () => {
  const steps = moveAll(waiting(3), viewOf('amex'))
  assert.deepEqual(
    steps.map(({ isAttempting }) => isAttempting),
    [true, true, true],
  )
})

test('no number of recoveries decided at once exceeds what a network counts', () => {
  const limits = { mastercard: 9, visa: 15, amex: 15 } as const
  const property = fc.property(
    fc.constantFrom('mastercard' as const, 'visa' as const, 'amex' as const),
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 1, max: 60 }),
    (network, before, count) => {
      // 20 hours ago for Mastercard's day; 25 for others, whose pause is a day.
      const past = Array.from({ length: before }, () => refused(network === 'mastercard' ? 20 : 25, 5000n)) // prettier-ignore
      const steps = moveAll(waiting(count, true), viewOf(network, past))
      const charged = steps.filter(({ isAttempting }) => isAttempting).length
      assert.equal(charged, Math.min(count, Math.max(0, limits[network] - before)))
    },
  )
  fc.assert(property, { numRuns: 100 })
})
