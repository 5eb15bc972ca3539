import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  emptyEvidence,
  learnWatchfully,
  type Evidence,
  type Watches,
} from '@perennial/core/recovery'
import { uuidV7, type Uuid } from '@perennial/core/ids'
import { addDays, addMs, MS_PER_HOUR, parseInstant, type Instant } from '@perennial/core/time'
import { toEvidence } from './learn-outside.ts'
import type { Refusal, SeenCharge } from './queries/lessons.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant // a literal
const GATEWAY = idOf(1)

function idOf(index: number): Uuid {
  return uuidV7(addMs(NOW, index), new Uint8Array(10))
}

/** Of a card and a recovery of its own. */
function settled(
  index: number,
  more: Partial<SeenCharge> & Pick<SeenCharge, 'created_at'>,
): SeenCharge {
  return {
    id: idOf(index),
    isSettled: true,
    recovery_id: idOf(index),
    token: `card ${index}`,
    gateway_id: GATEWAY,
    currency: 'USD',
    decline: null,
    card_country: 'US',
    card_bin: '424242',
    brand: null,
    funding: null,
    timezone: 'UTC',
    handed_at: null,
    handed_decline: null,
    ...more,
  }
}

/** What is known once these have been learned. */
function learned(charges: readonly SeenCharge[], refusals: readonly Refusal[] = []): Evidence {
  const evidence = emptyEvidence()
  const watches: Watches = new Map()
  for (const each of toEvidence(charges, refusals)) learnWatchfully(evidence, watches, each)
  return evidence
}

const declineOf = (code: string) => ({ code, isoCode: null, adviceCode: null, message: null })

test('a week in which nothing was approved teaches nothing of cards, and is told', () => {
  const usual = Array.from({ length: 397 }, (_, index) =>
    settled(index, {
      created_at: addMs(NOW, index * MS_PER_HOUR),
      decline: index % 4 === 0 ? null : declineOf('do_not_honor'),
    }),
  )
  const before = learned(usual)
  const begin = addMs(NOW, 397 * MS_PER_HOUR)
  const week = Array.from({ length: 200 }, (_, index) =>
    settled(1000 + index, {
      created_at: addMs(begin, index * MS_PER_HOUR),
      decline: declineOf('do_not_honor'),
    }),
  )
  const after = learned([...usual, ...week])
  const [outage] = after.outages.values()
  assert.deepEqual([outage?.currency, outage?.approved, outage?.sinceAt], ['USD', 0, begin])
  assert.equal(after.attempts, before.attempts)
  assert.deepEqual(after.segments, before.segments)
})

test('the first retry teaches how long after the refusal it was handed over with it came', () => {
  const at = addDays(NOW, 3)
  const handed_at = NOW
  const evidence = learned([
    settled(1, { created_at: at, handed_at, handed_decline: declineOf('insufficient_funds') }),
    settled(2, { created_at: at, handed_at, handed_decline: declineOf('do_not_honor') }),
    // Tried at once: when the biller tried it is not known. And one on another card.
    settled(3, { created_at: NOW, handed_at, handed_decline: declineOf('do_not_honor') }),
    settled(4, { created_at: at }),
  ])
  const [segment] = evidence.segments.values()
  assert.deepEqual(
    [
      segment?.fundsRetries.map(({ isOk }) => isOk),
      segment?.spellRetries.map(({ hours }) => hours),
    ],
    [[true], [72]],
  )
})

test('a later retry begins with the last refusal of its card, whenever that was learned', () => {
  const charge = settled(1, {
    created_at: addDays(NOW, 9),
    handed_at: NOW,
    handed_decline: declineOf('do_not_honor'),
  })
  const refusal = (day: number, more: Partial<Refusal> = {}): Refusal => ({
    recovery_id: charge.recovery_id,
    token: charge.token,
    created_at: addDays(NOW, day),
    decline: declineOf('do_not_honor'),
    ...more,
  })
  const refusals = [
    refusal(3),
    refusal(5),
    refusal(6, { token: 'another card' }),
    refusal(7, { decline: declineOf('insufficient_funds') }),
    refusal(9), // itself, had it been refused
  ]
  const [known] = toEvidence([charge], refusals)
  assert.deepEqual([known?.refusedAt, known?.shortAt], [addDays(NOW, 5), addDays(NOW, 7)])
})

test('hours of cards whose country nobody knows are those of the client, as when the planner is asked', () => {
  const of = { created_at: NOW, timezone: 'Asia/Tokyo', card_bin: null }
  const [unknown, known] = [null, 'US'].map((card_country) => {
    const [segment] = learned([settled(1, { ...of, card_country })]).segments.values()
    return segment?.zone
  })
  assert.equal(unknown, 'Asia/Tokyo')
  assert.match(known ?? '', /^America/)
})
