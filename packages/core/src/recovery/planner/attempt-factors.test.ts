import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import { chanceOf } from './chances.ts'
import { emptyEvidence, learn, type Evidence } from './evidence.ts'
import { explainPlan } from './explain-plan.ts'
import { buildModel } from './model.ts'
import { planRetry } from './plan-retry.ts'
import { packSegment, unpackSegment, type StoredSegment } from './stored-evidence.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant
const TRAITS = { bin: '424242', country: 'US', zone: UTC }
/** Every spell of refusals is over by then. */
const LONG_AGO_MS = -30 * 24 * MS_PER_HOUR

function questionAfter(failedBefore: number) {
  return {
    traits: TRAITS,
    now: NOW,
    endsAt: addDays(NOW, 28),
    attemptsLeft: 8,
    earliestAt: NOW,
    lastReason: 'refusal' as const,
    lastAttemptAt: NOW,
    failedBefore,
    shortAt: null,
    refusedAt: addMs(NOW, LONG_AGO_MS),
    limitAt: null,
    issuerDownAt: null,
    gateways: ['amber'],
    draw: 0.5,
  }
}

function chanceAfter(evidence: Evidence, failedBefore: number): number {
  const way = { at: addDays(NOW, 1), gateway: 'amber' }
  return chanceOf(buildModel(evidence, NOW), questionAfter(failedBefore), way)
}

/** So many retries of each number, of cards that were refused long ago; `isOk` says how they end. */
function retried(count: number, isOk: (number: number) => boolean): Evidence {
  const evidence = emptyEvidence()
  for (let index = 0; index < count; index += 1) {
    for (const failedBefore of [1, 2, 3, 4]) {
      const at = addMs(NOW, -(index + 1) * MS_PER_HOUR)
      const refusedAt = addMs(at, LONG_AGO_MS)
      const failed = isOk(failedBefore) ? null : ('refusal' as const)
      const seen = { traits: TRAITS, gateway: 'amber', at, failed, isFirst: false, shortAt: null }
      learn(evidence, { ...seen, refusedAt, failedBefore })
    }
  }
  return evidence
}

test('before evidence each further try keeps 93 of 100 of what its instant promises', () => {
  const first = chanceAfter(emptyEvidence(), 1)
  for (const [failedBefore, left] of [[0, 1], [2, 0.93], [3, 0.93 ** 2], [5, 0.93 ** 4]] as const) {
    assert.ok(Math.abs(chanceAfter(emptyEvidence(), failedBefore) / first - left) < 1e-9)
  }
}) // prettier-ignore

test('an account whose later retries win less than earlier ones expects less of them', () => {
  const mixed = retried(25, (number) => number < 3)
  const after = [1, 2, 3, 4].map((failedBefore) => chanceAfter(mixed, failedBefore))
  const [first = 0, second = 0, third = 0, fourth = 0] = after
  assert.ok(second > 0.93 * first, `what the second retry shows: ${after.join(', ')}`)
  assert.ok(third < 0.8 * second && fourth < third, after.join(', '))
})

test('what little was seen counts little', () => {
  const few = chanceAfter(
    retried(2, (number) => number < 3),
    3,
  )
  const many = chanceAfter(
    retried(25, (number) => number < 3),
    3,
  )
  assert.ok(few > many + 0.1, `${few} and ${many}`)
})

test('retries that were stored without their number say nothing about numbers', () => {
  const evidence = retried(25, (number) => number < 3)
  const [segment] = evidence.segments.values()
  const packed = packSegment(segment ?? assert.fail())
  const reread = (stored: StoredSegment) => {
    const segments = new Map([['424242', unpackSegment(stored)]])
    const known = { ...emptyEvidence(), segments }
    return chanceAfter(known, 3) / chanceAfter(known, 1)
  }
  const json = JSON.parse(JSON.stringify(packed)) as StoredSegment
  const before = chanceAfter(evidence, 3) / chanceAfter(evidence, 1)
  assert.ok(Math.abs(reread(json) - before) < 1e-3)
  const old = { ...json, spells: json.spells.map((tuple) => tuple.slice(0, 3)) }
  assert.ok(Math.abs(reread(old) - 0.93 ** 2) < 1e-9)
})

test('the reasons of a later retry say what is left', () => {
  const model = buildModel(emptyEvidence(), NOW)
  const tell = (failedBefore: number) => {
    const question = questionAfter(failedBefore)
    const plan = planRetry(model, question)
    assert.ok(plan.kind === 'attempt')
    return explainPlan(model, question, plan).evidence.join('\n')
  }
  assert.match(tell(3), /retry 3 of this card: 86 of 100 of what an instant promises is left/)
  assert.doesNotMatch(tell(1), /is left/)
})
