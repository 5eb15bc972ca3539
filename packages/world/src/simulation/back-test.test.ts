import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  backTest,
  type PastCase,
  type PastEvidence,
  type TestedPolicy,
} from '@perennial/core/recovery'
import { parseCurrency } from '@perennial/core/money'
import { loadWorld, readWorldFile } from '../index.ts'
import { parsePolicy, type Policy } from './policy.ts'
import { simulateRecovery } from './simulate-recovery.ts'
import type { SimulatedCharge } from './simulation.ts'

const SUBSCRIBERS = 1_200
const MONTHS = 3
const currency = parseCurrency('USD') ?? assert.fail('USD is a currency')

function simulate(policyText: string, onCharge: (charge: SimulatedCharge) => void = () => {}) {
  const loading = loadWorld(readWorldFile('paydays'))
  assert.equal(loading.kind, 'loaded')
  assert.ok(loading.kind === 'loaded')
  const policy: Policy | null = parsePolicy(policyText)
  assert.ok(policy !== null)
  const { world } = loading
  return simulateRecovery({ world, policy, subscribers: SUBSCRIBERS, months: MONTHS, seed: 3, contact: false, onCharge })
} // prettier-ignore

/** What a merchant who followed a policy could tell of its past. */
function livePast(policyText: string): { cases: PastCase[]; evidence: PastEvidence[] } {
  const evidence: PastEvidence[] = []
  const cases = new Map<string, { -readonly [Name in keyof PastCase]: PastCase[Name] }>()
  simulate(policyText, (charge) => {
    const { billId, amountMinor, gateways, network, decline, ...seen } = charge
    evidence.push({ ...seen, billId })
    if (seen.isFirst && decline !== null) {
      const { traits, at: openedAt } = seen
      const card = { network, country: traits.country, history: [] }
      cases.set(billId, { billId, openedAt, amountMinor: BigInt(amountMinor), currency, traits, card, gateways, firstDecline: decline, tries: [], endedAt: null })
    }
    const past = cases.get(billId)
    if (past !== undefined && !seen.isFirst) past.tries = [...past.tries, { at: seen.at, gateway: seen.gateway, failed: seen.failed }]
  })
  return { cases: [...cases.values()].toSorted((one, other) => one.openedAt - other.openedAt), evidence }
} // prettier-ignore

test('of a past that retried on days 1, 3, 5 and 7, what other policies would win is told within its range', () => {
  const past = livePast('fixed:1,3,5,7')
  const days = (...list: number[]): TestedPolicy => ({ kind: 'fixed', days: list })
  const planner: TestedPolicy = { kind: 'planner', days: null, horizonDays: 28, attemptsMax: 8 }
  const policies = [days(1, 3, 5, 7), days(3, 7, 14, 21), planner, { kind: 'none' } as const]
  const { results, ...whole } = backTest({ ...past, policies, seed: 1 })
  const [own, late, planned, none] = results
  assert.ok(own !== undefined && late !== undefined && planned !== undefined && none !== undefined)
  assert.ok(whole.cases > 200 && whole.checkedTries > 500, JSON.stringify(whole.cases))

  // The policy that was followed: its estimate has to hold what was really won.
  assert.ok(own.lowMinor <= whole.actualMinor && whole.actualMinor <= own.highMinor)
  assert.ok(own.nearShare > 0.7)
  // Another schedule, of which some days were never tried: what it really wins lies in the range, or a tenth beside it.
  const really = BigInt(simulate('fixed:3,7,14,21').recovered_minor)
  assert.ok((late.lowMinor * 9n) / 10n <= really && really <= (late.highMinor * 11n) / 10n, String(late.recoveredMinor))
  // The planner is judged by what other cases have taught, so it is promised less than it wins, and never more.
  const wins = BigInt(simulate('planner').recovered_minor)
  assert.ok(planned.recoveredMinor <= wins, `${planned.recoveredMinor} of ${wins}`)
  assert.ok(planned.recoveredMinor * 10n >= late.recoveredMinor * 12n, 'it is still told to be the better choice')
  assert.ok(planned.nearShare < 0.5, 'and that most of its tries are at hours of which the past tells little')
  assert.deepEqual([none.recoveredMinor, none.lowMinor, none.highMinor, none.tries], [0n, 0n, 0n, 0])
}) // prettier-ignore

test('the same past and seed are told the same, and nothing of no past', () => {
  const past = livePast('fixed:3,7,14,21')
  const few = { cases: past.cases.slice(0, 40), evidence: past.evidence, policies: [{ kind: 'fixed', days: [2, 4] }] as const, seed: 5 }
  assert.deepEqual(backTest(few), backTest(few))
  const [empty] = backTest({ ...few, cases: [], evidence: [] }).results
  assert.deepEqual([empty?.recoveredMinor, empty?.lowMinor, empty?.highMinor], [0n, 0n, 0n])
}) // prettier-ignore
