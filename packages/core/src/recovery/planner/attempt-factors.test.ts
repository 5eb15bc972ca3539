import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import { keepsAfter } from './attempt-factors.ts'
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

/** What is left of the worth of later tries, should the next one fail. */
function keptAfter(evidence: Evidence, failedBefore: number): number {
  return keepsAfter(buildModel(evidence, NOW).attemptFactors(), failedBefore)
}

test('before evidence a retry promises what its instant does, and what may follow it counts 93 of 100', () => {
  const none = emptyEvidence()
  for (const failedBefore of [0, 1, 2, 5, 20]) {
    assert.equal(chanceAfter(none, failedBefore), chanceAfter(none, 1))
    assert.equal(keptAfter(none, failedBefore), 0.93)
  }
})

test('what may follow counts less before retries that the account has seen fail', () => {
  const mixed = retried(25, (number) => number < 3)
  assert.ok(keptAfter(mixed, 2) < 0.75, String(keptAfter(mixed, 2)))
  assert.ok(Math.abs(keptAfter(mixed, 1) - 0.93) < 0.05, String(keptAfter(mixed, 1)))
  const valueAfter = (failedBefore: number) => {
    const plan = planRetry(buildModel(mixed, NOW), questionAfter(failedBefore))
    return plan.kind === 'attempt' ? plan.chosen : assert.fail(plan.kind)
  }
  const [first, second] = [valueAfter(1), valueAfter(2)]
  assert.ok(second.value < first.value, `${second.value} and ${first.value}`)
})

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
  assert.ok(Math.abs(reread(old) - 1) < 1e-9)
})

test('the reasons of a retry say what others of its number have shown, where there were any', () => {
  const tell = (evidence: Evidence) => {
    const model = buildModel(evidence, NOW)
    const question = questionAfter(3)
    const plan = planRetry(model, question)
    assert.ok(plan.kind === 'attempt')
    return explainPlan(model, question, plan).evidence.join('\n')
  }
  const mixed = retried(25, (number) => number < 3)
  assert.match(tell(mixed), /retry 3 of this card: such retries win \d\d of 100 of what/)
  assert.doesNotMatch(tell(emptyEvidence()), /such retries win/)
})
