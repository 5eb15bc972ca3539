// Runs alone: it takes half a minute.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type World, loadWorld } from '../judging/world.ts'
import { halfMonthFunds, plainGateway, plainIssuer, plainWorld } from '../testing/plain-world.ts'
import { readWorldFile } from '../world-file/read-world-file.ts'
import { type SimulationReport, parsePolicy, simulateRecovery } from './index.ts'
import { createTimeline } from './timeline.ts'

function worldNamed(name: string): World {
  const loading = loadWorld(readWorldFile(name))
  if (loading.kind === 'refused') assert.fail(`${name} loads`)
  return loading.world
}

function run(policy: string, over: { months?: number; contact?: boolean } = {}): SimulationReport {
  const parsed = parsePolicy(policy) ?? assert.fail(policy)
  return simulateRecovery({
    world: worldNamed('paydays'),
    policy: parsed,
    subscribers: 1_500,
    months: over.months ?? 3,
    seed: 11,
    contact: over.contact ?? false,
  })
}

const reports = new Map<string, SimulationReport>()

/** A run of three months takes seconds, and the same run ends the same way. */
function reportOf(policy: string): SimulationReport {
  const known = reports.get(policy) ?? run(policy)
  reports.set(policy, known)
  return known
}

describe('simulating recovery', () => {
  test('policies are named by text', () => {
    assert.deepEqual(parsePolicy('fixed:1,3,7'), { kind: 'fixed', days: [1, 3, 7] })
    assert.deepEqual(parsePolicy('blind:1,3'), { kind: 'blind', days: [1, 3] })
    assert.deepEqual(parsePolicy('planner'), { kind: 'planner', days: null })
    assert.deepEqual(parsePolicy('planner:1,3,7'), { kind: 'planner', days: [1, 3, 7] })
    for (const bad of ['', 'fixed:', 'planner:', 'fixed:3,1', 'fixed:a', 'Planner', 'fixed:0'])
      assert.equal(parsePolicy(bad), null, bad)
  })

  test('within the days of a merchant the planner wins back more than a schedule on those days', () => {
    const planner = reportOf('planner:1,3,7')
    const fixed = run('fixed:1,3,7')
    assert.ok(planner.recovered_share >= 1.1 * fixed.recovered_share)
    assert.ok((planner.attempts_per_recovered ?? 9) < (fixed.attempts_per_recovered ?? 0))
    assert.equal(planner.guard_violations, 0)
  })

  test('the planner wins back more than any fixed schedule, with fewer tries, and less than a clairvoyant', () => {
    const planner = reportOf('planner')
    const oracle = run('oracle')
    assert.ok(planner.recovered_share <= oracle.recovered_share + 0.01)
    assert.ok(
      planner.recovered_share >= 0.85 * oracle.recovered_share,
      String(planner.recovered_share),
    )
    for (const days of ['1,3,5,7', '1,2,3,4,5,6,7,8', '3,7,14,21']) {
      const fixed = reportOf(`fixed:${days}`)
      assert.ok(planner.recovered_share >= 1.25 * fixed.recovered_share, days)
      assert.ok((planner.attempts_per_recovered ?? 9) < (fixed.attempts_per_recovered ?? 0), days)
      assert.equal(fixed.guard_violations, 0)
    }
    assert.equal(planner.guard_violations, 0)
    assert.ok(planner.learned_from > 4_500)
    // About three in a hundred at most: only where another gateway is nearly as good.
    assert.ok(planner.explored > 0 && planner.explored < 0.05 * planner.attempts)
    assert.equal(reportOf('fixed:1,3,5,7').explored, 0)
  })

  test('what a policy tries against the rules of the networks is counted, rule by rule', () => {
    const blind = run('blind:1,2,3,4,5,6,7,8', { months: 1 })
    const broken = Object.values(blind.broken_rules)
    assert.ok(blind.guard_violations > 0)
    assert.equal(broken.reduce((sum, times) => sum + times, 0), blind.guard_violations) // prettier-ignore
    for (const rule of ['never again after 54', 'advice 27: 96 hours'])
      assert.ok(
        (blind.broken_rules[rule] ?? 0) > 0,
        `${rule} of ${Object.keys(blind.broken_rules).join()}`,
      )
    assert.deepEqual(reportOf('fixed:1,2,3,4,5,6,7,8').broken_rules, {})
    assert.deepEqual(reportOf('planner').broken_rules, {})
  })

  test('the same run ends the same way', () => {
    assert.deepEqual(run('planner', { months: 1 }), run('planner', { months: 1 }))
  })

  test('months and categories sum up to the whole', () => {
    const report = reportOf('fixed:1,3,5,7')
    for (const parts of [report.by_month, report.by_category]) {
      const sums = Object.values(parts)
      assert.equal(
        sums.reduce((sum, { cases }) => sum + cases, 0),
        report.cases,
      )
      assert.equal(
        sums.reduce((sum, part) => sum + part.recovered_minor, 0),
        report.recovered_minor,
      )
    }
  })

  test('each month tells what was seen of its bills, and each category what was seen of its cases', () => {
    const report = reportOf('planner:1,3,7')
    const seenOf = (parts: SimulationReport['by_month']): number =>
      Object.values(parts).reduce((sum, part) => sum + part.learned_from, 0)
    assert.equal(seenOf(report.by_month), report.learned_from)
    // Of 4,500 first charges and the retries: those that were approved at once are of no category.
    assert.equal(seenOf(report.by_category), report.cases + report.attempts)
    assert.equal(report.learned_from, 4_500 + report.attempts)
    for (const part of [...Object.values(report.by_month), ...Object.values(report.by_category)])
      assert.equal(part.guard_violations, 0)
    assert.equal(run('fixed:1', { months: 1 }).by_month['1']?.learned_from, 0)
  })

  test('days in which a gateway approves next to nothing are taken for an outage of ours, as in the product', () => {
    const outages = [{ from: '2027-01-10T00:00:00Z', to: '2027-01-24T00:00:00Z' }]
    const reasons: string[] = []
    simulateRecovery({
      world: plainWorld({ issuers: [plainIssuer({ outages })] }),
      policy: parsePolicy('planner') ?? assert.fail('it is a policy'),
      subscribers: 600,
      months: 1,
      seed: 1,
      contact: false,
      onReasons: (told) => reasons.push(...told.reasons.evidence),
    })
    assert.ok(
      reasons.some((reason) =>
        /g has approved \d of \d+ charges in USD since 2027-01-10.*outage of ours/.test(reason),
      ),
    )
  })

  test('of two gateways that are as good the planner charges at the one that costs less', () => {
    const retriedAt = (dear: string): string[] => {
      const gateways = ['one', 'other'].map((id) =>
        plainGateway({ id, fee: { bps: id === dear ? 4_000 : 290 } }),
      )
      const seen = new Set<string>()
      simulateRecovery({
        world: plainWorld({ gateways, issuers: [plainIssuer({ funds: halfMonthFunds })] }),
        policy: parsePolicy('planner') ?? assert.fail('it is a policy'),
        subscribers: 50,
        months: 1,
        seed: 1,
        contact: false,
        onCharge: ({ isFirst, gateway }) => {
          if (!isFirst) seen.add(gateway)
        },
      })
      return [...seen]
    }
    assert.deepEqual([retriedAt('one'), retriedAt('other')], [['other'], ['one']])
  })

  test('who never tries wins nothing back; who asks customers wins back dead cards', () => {
    assert.equal(run('none').recovered_minor, 0)
    const ended = (report: SimulationReport) =>
      report.by_category['card_ended']?.recovered_share ?? 0
    assert.ok(ended(run('planner', { contact: true })) > ended(reportOf('planner')) + 0.1)
  })

  test('what is planned comes in the order of time, whenever it was planned', () => {
    const timeline = createTimeline<string>(0)
    timeline.add(7_200_001, 'third')
    timeline.add(50, 'first')
    timeline.add(7_200_000, 'second')
    assert.equal(timeline.next()?.what, 'first')
    timeline.add(60, 'soon')
    assert.deepEqual(
      ['soon', 'second', 'third'],
      [1, 2, 3].map(() => timeline.next()?.what),
    )
    assert.equal(timeline.next(), null)
  })
})
