import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseCurrency } from '../../money/index.ts'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import type { CardTraits } from './card-traits.ts'
import { emptyEvidence, learn, type Evidence } from './evidence.ts'
import { chanceOf } from './chances.ts'
import { explainPlan } from './explain-plan.ts'
import { buildModel } from './model.ts'
import { planRetry } from './plan-retry.ts'
import type { RetryQuestion } from './retry-question.ts'
import { feesOfBill } from './try-fees.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant
const CARD: CardTraits = { bin: '424242', country: 'US', zone: UTC }

function question(over: Partial<RetryQuestion> = {}): RetryQuestion {
  return {
    traits: CARD,
    now: NOW,
    endsAt: addDays(NOW, 28),
    attemptsLeft: 8,
    earliestAt: NOW,
    lastReason: 'funds',
    lastAttemptAt: NOW,
    shortAt: NOW,
    refusedAt: null,
    limitAt: null,
    issuerDownAt: null,
    gateways: ['amber', 'birch'],
    draw: 0.5,
    ...over,
  }
}

/** Two months in which cards are short from the 4th on and paid on the 28th at six in the morning. */
function paidOnThe28th(): Evidence {
  const evidence = emptyEvidence()
  for (let hours = 24 * 60; hours > 0; hours -= 1) {
    const at = addMs(NOW, -hours * MS_PER_HOUR)
    const date = new Date(at)
    const day = date.getUTCDate()
    const hasMoney = day < 4 || day > 28 || (day === 28 && date.getUTCHours() >= 6)
    for (let card = 0; card < 4; card += 1) {
      const failed = card === 0 && !hasMoney ? ('funds' as const) : null
      const seen = { traits: CARD, gateway: 'amber', at, failed, isFirst: true }
      learn(evidence, { ...seen, shortAt: null, refusedAt: null })
    }
  }
  return evidence
}

function chosenOf(plan: ReturnType<typeof planRetry>) {
  assert.equal(plan.kind, 'attempt')
  return plan.chosen
}

describe('planRetry', () => {
  test('waits for the payday that it has learned', () => {
    const chosen = chosenOf(planRetry(buildModel(paidOnThe28th(), NOW), question()))
    const date = new Date(chosen.at)
    assert.ok(date.getUTCDate() >= 28 && date.getUTCMonth() === 10, date.toISOString())
    assert.ok(chosen.chance > 0.7, String(chosen.chance))
  })

  test('chooses something sensible when nothing has been seen', () => {
    const chosen = chosenOf(planRetry(buildModel(emptyEvidence(), NOW), question()))
    assert.ok(chosen.at >= addDays(NOW, 1) && chosen.at < addDays(NOW, 28))
    assert.ok(chosen.chance > 0.05)
  })

  test('turns to the gateway that refuses less', () => {
    const evidence = emptyEvidence()
    for (let index = 0; index < 400; index += 1) {
      const at = addMs(NOW, (index - 400) * MS_PER_HOUR)
      const seen = { traits: CARD, at, isFirst: true, shortAt: null, refusedAt: null }
      learn(evidence, { ...seen, gateway: 'amber', failed: index % 3 === 0 ? 'refusal' : null })
      learn(evidence, { ...seen, gateway: 'birch', failed: null })
    }
    const refused = question({ lastReason: 'refusal', shortAt: null, refusedAt: NOW })
    assert.equal(chosenOf(planRetry(buildModel(evidence, NOW), refused)).gateway, 'birch')
  })

  test('leaves a gateway that is failing right now', () => {
    const evidence = emptyEvidence()
    for (let index = 0; index < 20; index += 1) {
      const at = addMs(NOW, (index - 20) * 60_000)
      const seen = { traits: CARD, at, isFirst: true, shortAt: null, refusedAt: null }
      learn(evidence, { ...seen, gateway: 'amber', failed: 'gateway_down' })
    }
    const down = question({ lastReason: 'gateway_down', shortAt: null })
    const chosen = chosenOf(planRetry(buildModel(evidence, NOW), down))
    assert.equal(chosen.gateway, 'birch')
    assert.ok(chosen.at <= addMs(NOW, 6 * MS_PER_HOUR))
  })

  test('a week of nothing but declines does not stop it from trying', () => {
    const evidence = emptyEvidence()
    for (let index = 0; index < 24 * 7 * 5; index += 1) {
      const at = addMs(NOW, (index / 5 - 24 * 7) * MS_PER_HOUR)
      const seen = {
        traits: CARD,
        gateway: 'amber',
        at,
        isFirst: true,
        shortAt: null,
        refusedAt: null,
      }
      learn(evidence, { ...seen, failed: 'refusal' })
    }
    const refused = question({
      lastReason: 'refusal',
      shortAt: null,
      refusedAt: NOW,
      gateways: ['amber'],
    })
    assert.equal(planRetry(buildModel(evidence, NOW), refused).kind, 'attempt')
  })

  test('knows the paydays of a schedule that goes on for three months', () => {
    const model = buildModel(paidOnThe28th(), NOW)
    const asked = question({ endsAt: addDays(NOW, 90) })
    const on = (text: string): number =>
      chanceOf(model, asked, { at: parseInstant(text) ?? assert.fail(text), gateway: 'amber' })
    for (const month of ['2026-11', '2026-12', '2027-01']) {
      assert.ok(on(`${month}-28T12:00:00Z`) > 0.7, month)
      assert.ok(on(`${month}-25T12:00:00Z`) < 0.3, month)
    }
  })

  test('charges within its limits, and never for less than a try costs', () => {
    const models = [buildModel(paidOnThe28th(), NOW), buildModel(emptyEvidence(), NOW)]
    const ago = fc.option(fc.integer({ min: 0, max: 240 }).map((hours) => addMs(NOW, -hours * MS_PER_HOUR)))
    const asked = fc.record({
      endsAt: fc.integer({ min: -24, max: 90 * 24 }).map((hours) => addMs(NOW, hours * MS_PER_HOUR)),
      earliestAt: fc.integer({ min: -48, max: 40 * 24 }).map((hours) => addMs(NOW, hours * MS_PER_HOUR)),
      attemptsLeft: fc.integer({ min: 0, max: 8 }),
      lastReason: fc.constantFrom('funds' as const, 'refusal' as const, 'limit' as const, 'issuer_down' as const, 'gateway_down' as const),
      lastAttemptAt: fc.integer({ min: 0, max: 72 }).map((hours) => addMs(NOW, -hours * MS_PER_HOUR)),
      shortAt: ago, refusedAt: ago, limitAt: ago, issuerDownAt: ago,
      gateways: fc.constantFrom(['amber'], ['amber', 'birch'], []),
      draw: fc.double({ min: 0, max: 0.99, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.constantFrom(...models), asked, (model, over) => {
        const whole = question(over)
        const plan = planRetry(model, whole)
        if (plan.kind !== 'attempt') return
        const { at, chance, gateway } = plan.isExploring ? (plan.runnerUp ?? assert.fail()) : plan.chosen
        assert.ok(whole.attemptsLeft > 0 && whole.gateways.includes(gateway))
        assert.ok(at >= NOW && at >= whole.earliestAt && at < whole.endsAt)
        assert.ok(at >= addMs(whole.lastAttemptAt, 3 * MS_PER_HOUR))
        assert.ok(chance > 0.03, `${chance} is less than the try costs`)
      }),
    )
  }) // prettier-ignore

  const stops = [
    ['final', question({ lastReason: 'final' }), 'stop'],
    ['authentication', question({ lastReason: 'authentication' }), 'stop'],
    ['card_ended', question({ lastReason: 'card_ended' }), 'wait_for_card'],
    ['no attempts left', question({ attemptsLeft: 0 }), 'stop'],
    ['the horizon is over', question({ endsAt: NOW }), 'stop'],
  ] as const
  for (const [name, asked, kind] of stops) {
    test(`${name}: ${kind}`, () => {
      assert.equal(planRetry(buildModel(emptyEvidence(), NOW), asked).kind, kind)
    })
  }

  test('three draws in a hundred go to another gateway that is nearly as good, and it is told', () => {
    const model = buildModel(paidOnThe28th(), NOW)
    const usual = chosenOf(planRetry(model, question({ draw: 0.03 })))
    const plan = planRetry(model, question({ draw: 0.01 }))
    assert.ok(plan.kind === 'attempt' && plan.isExploring)
    assert.deepEqual(plan.runnerUp, usual)
    assert.equal(plan.chosen.at, usual.at)
    assert.notEqual(plan.chosen.gateway, usual.gateway)
    assert.ok(plan.chosen.chance >= 0.7 * usual.chance)
    const told = explainPlan(model, question({ draw: 0.01 }), plan)
    assert.match(told.evidence.join(), /another gateway than the best/)
  })

  describe('fees', () => {
    const model = buildModel(paidOnThe28th(), NOW)
    const asked = (fees: NonNullable<RetryQuestion['fees']>) => planRetry(model, question({ fees }))
    const none = { approved: 0, declined: 0 }

    test('of two gateways that promise the same, the cheap one is taken', () => {
      for (const dear of [{ approved: 0.01, declined: 0 }, { approved: 0, declined: 0.01 }]) {
        const first = asked(new Map([['amber', dear], ['birch', none]]))
        assert.equal(chosenOf(first).gateway, 'birch')
        assert.ok(chosenOf(first).fee < 1e-9)
        assert.equal(chosenOf(asked(new Map([['birch', dear]]))).gateway, 'amber')
      }
    })

    test('what a try costs beyond the bill is never worth it, and a merchant who names the day has it', () => {
      const dear = { approved: 1.1, declined: 0 }
      const fees = new Map([['amber', dear], ['birch', dear]])
      assert.deepEqual(asked(fees), { kind: 'stop', code: 'no_hope' })
      const rungAt = addDays(NOW, 3)
      const named = planRetry(model, question({ fees, rungAt, endsAt: addDays(NOW, 4) }))
      assert.equal(named.kind, 'attempt')
    })

    test('dear refusals wait for a better hour than cheap ones', () => {
      const sureOf = (declined: number) => {
        const each = { approved: 0, declined }
        const fees = new Map([['amber', each], ['birch', each]])
        return chosenOf(planRetry(buildModel(emptyEvidence(), NOW), question({ fees }))).chance
      }
      assert.ok(sureOf(0.5) > sureOf(0), `${sureOf(0.5)} and ${sureOf(0)}`)
    })

    test('are told with the plan', () => {
      const fees = new Map([['amber', { approved: 0.044, declined: 0.0333 }], ['birch', none]])
      const whole = question({ fees })
      const plan = planRetry(model, whole)
      assert.ok(plan.kind === 'attempt')
      const { evidence } = explainPlan(model, whole, plan)
      assert.match(evidence.join('\n'), /fees taken off, .*: birch 0 % or 0 %, amber 4.4 % or 3.3 %/)
      const free = explainPlan(model, question(), plan)
      assert.doesNotMatch(free.evidence.join('\n'), /fees/)
    })

    test('fixed ones count in their own currency alone, the rate in any', () => {
      const currency = parseCurrency('USD') ?? assert.fail()
      const fees = new Map([['amber', { ratePpm: 29_000, approvedMinor: 30n, declinedMinor: 10n, currency }]])
      const of = (code: string, amountMinor: bigint) => {
        const shares = feesOfBill(fees, { amountMinor, currency: parseCurrency(code) ?? assert.fail() })
        const { approved = NaN, declined = NaN } = shares.get('amber') ?? {}
        return [approved, declined].map((share) => Math.round(share * 1e6))
      }
      assert.deepEqual(of('USD', 200n), [179_000, 50_000]) // 0.029 + 30/200; 10/200
      assert.deepEqual(of('USD', 200_000n), [29_150, 50])
      assert.deepEqual(of('JPY', 200n), [29_000, 0])
    })
  }) // prettier-ignore

  test('explores nothing with one gateway, and none that is far worse', () => {
    const evidence = emptyEvidence()
    for (let index = 0; index < 400; index += 1)
      for (const gateway of ['amber', 'birch']) {
        const at = addMs(NOW, (index - 400) * MS_PER_HOUR)
        const failed = gateway === 'amber' && index % 8 > 0 ? ('refusal' as const) : null
        learn(evidence, { traits: CARD, gateway, at, failed, isFirst: true, shortAt: null, refusedAt: null }) // prettier-ignore
      }
    const model = buildModel(evidence, NOW)
    for (const gateways of [['birch'], ['amber', 'birch']]) {
      const plan = planRetry(model, question({ draw: 0.01, gateways }))
      assert.ok(plan.kind === 'attempt' && !plan.isExploring)
      assert.equal(plan.chosen.gateway, 'birch')
    }
  })

  test('never plans before the guard allows or after the horizon', () => {
    const earliestAt = addDays(NOW, 9)
    const chosen = chosenOf(planRetry(buildModel(paidOnThe28th(), NOW), question({ earliestAt })))
    assert.ok(chosen.at >= earliestAt && chosen.at < addDays(NOW, 28))
  })

  test('says what it expects, from what, and what the runner-up was', () => {
    const model = buildModel(paidOnThe28th(), NOW)
    const plan = planRetry(model, question())
    if (plan.kind !== 'attempt') assert.fail(plan.kind)
    const reasons = explainPlan(model, question(), plan)
    assert.match(reasons.expected, /^\d+ of 100 on 2026-11-\d\dT.* at (amber|birch)$/)
    assert.match(reasons.evidence.join('\n'), /income comes on day 28 of the month \(\d+ of 100\)/)
    assert.match(reasons.evidence.join('\n'), /5760 attempts on such cards/)
    assert.notEqual(reasons.runnerUp, null)
  })
})
