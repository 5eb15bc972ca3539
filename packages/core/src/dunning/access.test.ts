import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDays, formatInstantOrNull, parseInstant, type Instant } from '../time/index.ts'
import { accessOf, type CampaignStep, type DunningRun } from './index.ts'
import type { AccessLevel } from './campaign.ts'

const START = parseInstant('2027-02-28T00:00:00Z') ?? assert.fail()
const day = (days: number): Instant => addDays(START, days)

const STEPS: readonly CampaignStep[] = [
  { day: 0, action: 'email', template: 'payment_failed' },
  { day: 2, action: 'warn' },
  { day: 4, action: 'restrict', access: 'partial' },
  { day: 6, action: 'restrict', access: 'none' },
  { day: 10, action: 'pause' },
  { day: 20, action: 'cancel' },
]

type Run = Parameters<typeof accessOf>[1][number]
const run = (access: AccessLevel, stepsDone: number, more: Partial<DunningRun> = {}): Run => ({
  access,
  stepsDone,
  steps: STEPS,
  startedAt: START,
  ...more,
})

type Terms = Parameters<typeof accessOf>[0]
const terms = (more: Partial<Terms>): Terms => ({
  status: 'active',
  period: { start: START, end: day(30) },
  cancelAtPeriodEnd: false,
  pauseAtPeriodEnd: false,
  endsAt: null,
  resumesAt: null,
  ...more,
})

/** "grace full payment_failed 2027-03-04". */
function told(subscription: Partial<Terms>, ...runs: readonly Run[]): string {
  const { status, level, reason, until } = accessOf(terms(subscription), runs)
  const [on = 'open'] = formatInstantOrNull(until)?.split('T') ?? []
  return `${status} ${level} ${reason ?? '-'} ${on}`
}

describe('the access of a subscription by its status', () => {
  const cases: readonly (readonly [Partial<Terms>, string])[] = [
    [{ status: 'pending' }, 'suspended none not_begun open'],
    [{ status: 'incomplete' }, 'suspended none not_begun open'],
    [{ status: 'incomplete_expired' }, 'canceled none ended open'],
    [{ status: 'trialing' }, 'trialing full - open'],
    [{ status: 'active' }, 'active full - open'],
    [{ status: 'active', cancelAtPeriodEnd: true }, 'active full - 2027-03-30'],
    [{ status: 'active', pauseAtPeriodEnd: true }, 'active full - 2027-03-30'],
    [{ status: 'active', endsAt: day(60) }, 'active full - 2027-04-29'],
    [{ status: 'active', endsAt: day(60), cancelAtPeriodEnd: true }, 'active full - 2027-03-30'],
    [{ status: 'past_due' }, 'grace full payment_failed open'],
    [{ status: 'past_due', cancelAtPeriodEnd: true }, 'grace full payment_failed 2027-03-30'],
    [{ status: 'paused' }, 'suspended none paused open'],
    [{ status: 'paused', resumesAt: day(9) }, 'suspended none paused 2027-03-09'],
    [{ status: 'unpaid' }, 'suspended none unpaid open'],
    [{ status: 'canceled' }, 'canceled none ended open'],
    [{ status: 'expired' }, 'canceled none ended open'],
  ]
  for (const [subscription, expected] of cases)
    test(`${JSON.stringify(subscription)}: ${expected}`, () =>
      assert.equal(told(subscription), expected))
})

describe('the access of a subscription that owes, by the steps of its campaign', () => {
  const cases: readonly (readonly [string, readonly Run[], string])[] = [
    ['none has begun', [run('full', 0, { steps: null })], 'grace full payment_failed open'],
    ['day 0, a mail', [run('full', 1)], 'grace full payment_failed 2027-03-04'],
    ['day 2, a warning', [run('warning', 2)], 'past_due full payment_failed 2027-03-04'],
    ['day 4, a part', [run('restricted', 3)], 'restricted partial payment_failed 2027-03-06'],
    ['day 6, nothing', [run('suspended', 4)], 'suspended none payment_failed open'],
    [
      'a pause takes what is left',
      [run('full', 1, { steps: STEPS.filter(({ action }) => action !== 'restrict') })],
      'grace full payment_failed 2027-03-10',
    ],
    [
      'of two bills the one that takes more holds, and the other may take more still',
      [run('restricted', 3), run('full', 1, { startedAt: day(1) })],
      'restricted partial payment_failed 2027-03-06',
    ],
    [
      'the later of two bills takes the rest first',
      [run('restricted', 4, { steps: STEPS.slice(0, 3) }), run('full', 1, { startedAt: day(1) })],
      'restricted partial payment_failed 2027-03-07',
    ],
  ]
  for (const [name, runs, expected] of cases)
    test(name, () => assert.equal(told({ status: 'past_due' }, ...runs), expected))
})
