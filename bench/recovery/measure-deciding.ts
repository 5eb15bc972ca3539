import { uuidV7 } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import {
  buildModel,
  emptyEvidence,
  learn,
  openCase,
  planCase,
  toPolicy,
  type CaseView,
  type RecoveryChoice,
} from '@perennial/core/recovery'
import { addMs, instantFromMs, MS_PER_HOUR, UTC } from '@perennial/core/time'

/** How long the next step of one case takes to decide, in milliseconds. */
export type DecidingTimes = {
  readonly decisions: number
  readonly median_ms: number
  readonly mean_ms: number
  /** Of the processor, on average: what other work on the machine does not change. */
  readonly cpu_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

const NOW = instantFromMs(Date.UTC(2026, 10, 10, 9))
const SEGMENTS = 50
const DECISIONS = 5_000

/** Two months of charges on cards of fifty kinds, and then cases of all of them. Bar: 1 ms a decision. */
export function measureDeciding(choice: RecoveryChoice): DecidingTimes {
  const model = learnedModel()
  const times: number[] = []
  let used = process.cpuUsage()
  for (let index = 0; index < DECISIONS; index += 1) {
    const { open, view } = caseOf(index, choice, model)
    // The first of each kind works its beliefs out, once a day.
    if (index === SEGMENTS * 2) used = process.cpuUsage()
    const began = performance.now()
    planCase(open, view, NOW)
    times.push(performance.now() - began)
  }
  const { user, system } = process.cpuUsage(used)
  const warm = times.slice(SEGMENTS * 2).toSorted((a, b) => a - b)
  const mean = warm.reduce((sum, each) => sum + each, 0) / warm.length
  const at = (share: number) => warm[Math.floor(share * (warm.length - 1))] ?? 0
  return {
    decisions: warm.length,
    median_ms: round(at(0.5)),
    mean_ms: round(mean),
    cpu_ms: round((user + system) / 1_000 / warm.length),
    p99_ms: round(at(0.99)),
    max_ms: round(at(1)),
  }
}

function learnedModel() {
  const evidence = emptyEvidence()
  for (let hours = 24 * 60; hours > 0; hours -= 1) {
    for (let number = 0; number < SEGMENTS; number += 1) {
      const isShort = (hours + number) % 9 === 0
      learn(evidence, {
        traits: traitsOf(number),
        gateway: 'amber',
        at: addMs(NOW, -hours * MS_PER_HOUR),
        failed: isShort ? 'funds' : null,
        isFirst: true,
        shortAt: null,
        refusedAt: null,
      })
    }
  }
  return buildModel(evidence, NOW)
}

function traitsOf(number: number) {
  return { bin: String(400_000 + (number % SEGMENTS)), country: 'US', zone: UTC }
}

function caseOf(number: number, choice: RecoveryChoice, model: CaseView['model']) {
  const currency = parseCurrency('USD')
  const id = uuidOf(number)
  if (currency === null) throw new Error('USD is a currency')
  const dunning = { retryDays: [1, 3, 7], graceDays: 7, onExhausted: 'unpaid' as const }
  const policy = toPolicy(choice, dunning)
  const given = {
    id,
    invoiceId: id,
    subscriptionId: id,
    customerId: id,
    amountMinor: 2_900n,
    currency,
  }
  const decline = { code: 'insufficient_funds', isoCode: '51', adviceCode: null, message: null }
  const history = [{ at: NOW, amountMinor: 2_900n, currency, decline }]
  const view: CaseView = {
    policy,
    cards: [
      {
        paymentMethodId: id,
        guarded: { network: 'visa', country: 'US', history },
        traits: traitsOf(number),
        gatewayIds: [uuidOf(1), uuidOf(2)],
      },
    ],
    tries: [{ at: NOW, paymentMethodId: id, decline }],
    model,
    isRouted: false,
    draw: 0.5,
    gatewayName: (gateway) => gateway,
  }
  return { open: openCase(given, decline.code, policy, NOW), view }
}

function uuidOf(number: number) {
  return uuidV7(NOW, Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, number >> 8, number & 255]))
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
