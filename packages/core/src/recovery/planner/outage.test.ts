import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import {
  buildModel,
  emptyEvidence,
  explainPlan,
  learnWatchfully,
  OUTAGE_RUN,
  packSegment,
  planRetry,
  unpackSegment,
  type AttemptEvidence,
  type Evidence,
  type RefusalRuns,
} from '../index.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant
const TRAITS = { bin: '424242', country: 'US', zone: UTC }

function seen(at: Instant, failed: AttemptEvidence['failed'], isFirst = true): AttemptEvidence {
  const refusedAt = isFirst ? null : addMs(at, -24 * MS_PER_HOUR)
  return { traits: TRAITS, gateway: 'amber', at, failed, isFirst, shortAt: null, refusedAt }
}

/** A month of a shop of which one charge in twelve is refused, five an hour. */
function usualMonth(until: Instant): { evidence: Evidence; runs: RefusalRuns } {
  const evidence = emptyEvidence()
  const runs: RefusalRuns = new Map()
  for (let index = 5 * 24 * 30; index > 0; index -= 1) {
    const at = addMs(until, (-index * MS_PER_HOUR) / 5)
    learnWatchfully(evidence, runs, seen(at, index % 12 === 0 ? 'refusal' : null))
  }
  return { evidence, runs }
}

function questionAt(now: Instant) {
  return {
    traits: TRAITS,
    now,
    endsAt: addDays(now, 28),
    attemptsLeft: 8,
    earliestAt: now,
    lastReason: 'refusal' as const,
    lastAttemptAt: now,
    shortAt: null,
    refusedAt: now,
    limitAt: null,
    issuerDownAt: null,
    gateways: ['amber'],
    draw: 0.5,
  }
}

function chanceOf(evidence: Evidence, now: Instant): number {
  const plan = planRetry(buildModel(evidence, now), questionAt(now))
  return plan.kind === 'attempt' ? plan.chosen.chance : assert.fail(plan.kind)
}

describe('an outage of ours', () => {
  test('a week in which nothing is approved is recognised, told, and teaches nothing about cards', () => {
    const { evidence, runs } = usualMonth(NOW)
    const before = chanceOf(evidence, NOW)
    const learned = evidence.attempts
    let now = NOW
    for (let index = 0; index < 5 * 24 * 7; index += 1) {
      now = addMs(NOW, (index * MS_PER_HOUR) / 5)
      learnWatchfully(evidence, runs, seen(now, 'refusal', index % 2 === 0))
    }
    const run = runs.get('amber')
    assert.ok(run !== undefined && run.refused > OUTAGE_RUN && run.held.length === 0)
    assert.equal(evidence.attempts, learned)

    assert.deepEqual(evidence.outages.get('amber')?.refused, run.refused)
    const model = buildModel(evidence, now)
    const plan = planRetry(model, questionAt(now))
    if (plan.kind !== 'attempt') assert.fail('it goes on trying')
    assert.ok(plan.chosen.chance > 0.3 * before, String(plan.chosen.chance))
    const told = explainPlan(model, questionAt(now), plan).evidence.join('\n')
    assert.match(told, /amber has approved nothing since 2026-11-10.*outage of ours/)

    learnWatchfully(evidence, runs, seen(addMs(now, MS_PER_HOUR), null))
    assert.equal(runs.has('amber') || evidence.outages.has('amber'), false)
    assert.ok(Math.abs(chanceOf(evidence, addMs(now, MS_PER_HOUR)) - before) < 0.1)
  })

  test('the same week without a watch would have taught nonsense', () => {
    const { evidence } = usualMonth(NOW)
    const watched = chanceOf(evidence, NOW)
    const blind = usualMonth(NOW).evidence
    for (let index = 0; index < 5 * 24 * 7; index += 1) {
      // Let through one by one, as if each were followed by an approval.
      const runs: RefusalRuns = new Map()
      const at = addMs(NOW, (index * MS_PER_HOUR) / 5)
      learnWatchfully(blind, runs, seen(at, 'refusal', index % 2 === 0))
      for (const each of runs.get('amber')?.held ?? [])
        learnWatchfully(
          blind,
          new Map([['amber', { sinceAt: at, refused: 0, held: [each] }]]),
          seen(at, null),
        )
    }
    assert.ok(chanceOf(blind, addDays(NOW, 7)) < watched - 0.05)
  })

  test('refusals of a normal day are learned as soon as something is approved', () => {
    const evidence = emptyEvidence()
    const runs: RefusalRuns = new Map()
    for (let index = 0; index < 10; index += 1)
      learnWatchfully(evidence, runs, seen(addMs(NOW, index), 'refusal'))
    assert.equal(evidence.attempts, 0)
    learnWatchfully(evidence, runs, seen(addMs(NOW, 20), null))
    assert.equal(evidence.attempts, 11)
  })
})

test('what was learned comes back from a row as it was', () => {
  const { evidence } = usualMonth(NOW)
  const restored = { ...emptyEvidence(), gateways: evidence.gateways, attempts: evidence.attempts }
  for (const segment of evidence.segments.values()) {
    const json: unknown = JSON.parse(JSON.stringify(packSegment(segment)))
    restored.segments.set(segment.key, unpackSegment(json as ReturnType<typeof packSegment>))
  }
  assert.ok(Math.abs(chanceOf(restored, NOW) - chanceOf(evidence, NOW)) < 0.001)
  const [size] = [...evidence.segments.values()].map(
    (segment) => JSON.stringify(packSegment(segment)).length,
  )
  assert.ok((size ?? 0) < 40_000, `${size} bytes a segment`)
})
