import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, parseInstant, UTC, type Instant } from '../../time/index.ts'
import { emptyEvidence } from './evidence.ts'
import { explainPlan } from './explain-plan.ts'
import { buildModel } from './model.ts'
import type { RetryOption } from './plan-retry.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant
const MODEL = buildModel(emptyEvidence(), NOW)

const BEST: RetryOption = {
  at: addDays(NOW, 2),
  gateway: 'amber',
  chance: 0.8,
  fee: 0.02,
  value: 0.8,
}

function tell(over: Partial<RetryOption>, isExploring = false): string {
  const plan = {
    kind: 'attempt' as const,
    chosen: BEST,
    runnerUp: { ...BEST, ...over },
    isExploring,
  }
  const question = {
    traits: { bin: '424242', country: 'US', zone: UTC },
    now: NOW,
    endsAt: addDays(NOW, 28),
    attemptsLeft: 8,
    earliestAt: NOW,
    lastReason: 'funds' as const,
    lastAttemptAt: NOW,
    shortAt: NOW,
    refusedAt: null,
    limitAt: null,
    issuerDownAt: null,
    gateways: ['amber', 'birch'],
    draw: 0.5,
  }
  return explainPlan(MODEL, question, plan).runnerUp ?? assert.fail('there is one')
}

test('the runner-up is told with its instant, gateway, chance and worth, and with what it loses by', () => {
  const later = { at: addDays(NOW, 9) } // 7 days × 0.6 % × 80 of 100 less
  const told = [
    tell({ chance: 0.6, value: 0.6 }),
    tell({ ...later, value: 0.766 }),
    tell({ gateway: 'birch', fee: 0.05, value: 0.77 }),
    tell({ value: 0.75 }),
  ]
  assert.deepEqual(told, [
    'second best: 60 of 100 on 2026-11-12T09:00:00.000+00:00 at amber, worth 60 % of the bill against 80 %: its chance is smaller',
    'second best: 80 of 100 on 2026-11-19T09:00:00.000+00:00 at amber, worth 76.6 % of the bill against 80 %: it comes later',
    'second best: 80 of 100 on 2026-11-12T09:00:00.000+00:00 at birch, worth 77 % of the bill against 80 %: its fees are higher',
    'second best: 80 of 100 on 2026-11-12T09:00:00.000+00:00 at amber, worth 75 % of the bill against 80 %: less may follow should it fail',
  ])
})

test('what is left although it is worth as much or more says why', () => {
  assert.match(
    tell({ value: 0.8001 }),
    /worth 80 % of the bill against 80 %, no more than the first/,
  )
  assert.match(
    tell({ value: 0.82 }),
    /82 % .* too little to leave the instant that the merchant names$/,
  )
  assert.match(tell({ value: 0.82 }, true), /left this once to learn about amber$/)
})
