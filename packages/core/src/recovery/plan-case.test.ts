import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findIsoCode, type Decline } from '../declines/index.ts'
import { isUuid, type Uuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import {
  addDays,
  addMs,
  formatInstant,
  MS_PER_HOUR,
  parseInstant,
  UTC,
  type Instant,
} from '../time/index.ts'
import {
  buildModel,
  caseEndsAt,
  countFailedRetry,
  emptyEvidence,
  learn,
  mayCharge,
  openCase,
  planCase,
  toPolicy,
  type CaseCard,
  type CaseTry,
  type CaseView,
  type DunningRules,
  type Evidence,
  type RecoveryCase,
  type RecoveryChoice,
} from './index.ts'

const OPENED = parseInstant('2026-11-10T09:00:00Z') as Instant
const USD = parseCurrency('USD') ?? assert.fail('USD is a currency')
const uuid = (n: number): Uuid => {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
  return isUuid(id) ? id : assert.fail(id)
}
const CARD = uuid(3)
const AMBER = uuid(7)
const BIRCH = uuid(8)

const RULES: DunningRules = { retryDays: [1, 3, 7], graceDays: 7, onExhausted: 'unpaid' }
const PLANNER: RecoveryChoice = { policy: 'planner', horizonDays: null, attemptsMax: null }

function declineOf(isoCode: string, adviceCode: string | null = null): Decline {
  const code = findIsoCode(isoCode)?.code ?? assert.fail(isoCode)
  return { code, isoCode, adviceCode, message: null }
}

function refusedAt(at: Instant, decline: Decline): CaseTry {
  return { at, paymentMethodId: CARD, decline }
}

function cardWith(tries: readonly CaseTry[], over: Partial<CaseCard> = {}): CaseCard {
  const history = tries.map(({ at, decline }) => ({
    at,
    decline,
    amountMinor: 2_900n,
    currency: USD,
  }))
  return {
    paymentMethodId: CARD,
    guarded: { network: 'mastercard', country: 'US', history },
    traits: { bin: '545454', country: 'US', zone: UTC },
    gatewayIds: [AMBER, BIRCH],
    ...over,
  }
}

function viewOf(
  choice: RecoveryChoice,
  tries: readonly CaseTry[],
  over: Partial<CaseView> & { readonly evidence?: Evidence; readonly now?: Instant } = {},
): CaseView {
  const { evidence = emptyEvidence(), now = OPENED, ...rest } = over
  return {
    policy: toPolicy(choice, RULES),
    cards: [cardWith(tries)],
    tries,
    model: buildModel(evidence, now),
    isRouted: false,
    draw: 0.5,
    gatewayName: (id) => (id === AMBER ? 'amber' : 'birch'),
    ...rest,
  }
}

function opened(code: string, retriesMade = 0): RecoveryCase {
  const given = {
    id: uuid(1),
    invoiceId: uuid(2),
    subscriptionId: uuid(4),
    customerId: uuid(5),
    amountMinor: 2_900n,
    currency: USD,
  }
  const open = openCase(given, code, toPolicy(PLANNER, RULES), OPENED)
  return { ...open, retriesMade }
}

const daysIn = (at: Instant): number => (at - OPENED) / MS_PER_HOUR / 24
const FIRST = [refusedAt(OPENED, declineOf('05'))]
const SHORT = [refusedAt(OPENED, declineOf('51'))]

/** Two months in which cards are short except from the 12th, six in the morning, to the 15th. */
function paidOnThe12th(): Evidence {
  const evidence = emptyEvidence()
  for (let hours = 24 * 60; hours > 0; hours -= 1) {
    const at = addMs(OPENED, -hours * MS_PER_HOUR)
    const date = new Date(at)
    const day = date.getUTCDate()
    const hasMoney = (day > 12 && day < 16) || (day === 12 && date.getUTCHours() >= 6)
    for (let card = 0; card < 4; card += 1) {
      const failed = card === 0 && !hasMoney ? ('funds' as const) : null
      const traits = { bin: '545454', country: 'US', zone: UTC }
      const seen = { traits, gateway: AMBER, at, failed, isFirst: true }
      learn(evidence, { ...seen, shortAt: null, refusedAt: null })
    }
  }
  return evidence
}

test('what the network told of the card with an approval steers its retries, and is told with them', () => {
  const approvedAt = addDays(OPENED, -30)
  const planned = (approvalAdvice: string, tries: readonly CaseTry[]) => {
    const { guarded, ...card } = cardWith(tries)
    const paid = { at: approvedAt, amountMinor: 2_900n, currency: USD, decline: null, approvalAdvice } // prettier-ignore
    const told = guarded && { ...guarded, history: [paid, ...guarded.history] }
    const view = viewOf({ policy: 'ladder' }, tries, { cards: [{ ...card, guarded: told }] })
    const { decision } = planCase(opened('insufficient_funds'), view, OPENED)
    return [decision.kind, ...decision.reasons.filter((reason) => reason.startsWith('approved on'))]
  }
  const on = `approved on ${formatInstant(approvedAt)} with the network's advice`
  const prepaid = `${on} 40 ("A prepaid card that cannot be loaded again.")`
  assert.deepEqual(planned('41', SHORT), [
    'wait_for_card',
    `${on} 41 ("A virtual number for a single use: it is spent.")`,
  ])
  assert.deepEqual(planned('40', SHORT), ['wait_for_card', prepaid])
  assert.deepEqual(planned('40', FIRST), ['try', prepaid])
  assert.deepEqual(planned('43', SHORT), [
    'try',
    `${on} 43 ("A virtual number for several uses; its owner may have set limits.")`,
  ])
  assert.deepEqual(planned('03', SHORT), ['try'])
})

test('of two gateways alike the dear one is left, and its fees are told by its name', () => {
  const fee = { ratePpm: 29_000, approvedMinor: 30n, declinedMinor: 0n, currency: USD }
  const at = addMs(OPENED, MS_PER_HOUR)
  const view = viewOf({ ...PLANNER, horizonDays: 28, attemptsMax: 8 }, SHORT)
  const planned = (fees: NonNullable<CaseView['fees']>) =>
    planCase(opened('insufficient_funds'), { ...view, fees }, at).decision
  assert.equal(planned(new Map([[BIRCH, fee]])).gatewayId, AMBER)
  const { gatewayId, reasons } = planned(new Map([[AMBER, fee]]))
  assert.equal(gatewayId, BIRCH)
  assert.match(reasons.join('\n'), /fees taken off, .*: amber 3.9 % or 0 %/)
})

describe('planCase', () => {
  const cases: readonly (readonly [
    string,
    RecoveryChoice,
    RecoveryCase,
    readonly CaseTry[],
    string,
  ])[] = [
    ['the ladder: day 1', { policy: 'ladder' }, opened('do_not_honor'), FIRST, 'try on day 1'],
    ['the ladder: day 3', { policy: 'ladder' }, opened('do_not_honor', 1), FIRST, 'try on day 3'],
    [
      'the ladder: used up',
      { policy: 'ladder' },
      opened('do_not_honor', 3),
      FIRST,
      'give_up on day 7',
    ],
    [
      'days of its own',
      { policy: 'fixed', retryDays: [2, 9] },
      opened('do_not_honor', 1),
      FIRST,
      'try on day 9',
    ],
    [
      'nothing learned: the day of the ladder',
      PLANNER,
      opened('do_not_honor'),
      FIRST,
      'try on day 1',
    ],
    [
      'a stolen card is waited for',
      PLANNER,
      opened('stolen_card'),
      [refusedAt(OPENED, declineOf('43'))],
      'wait_for_card on day 7',
    ],
    [
      'on the ladder too',
      { policy: 'ladder' },
      opened('stolen_card'),
      [refusedAt(OPENED, declineOf('43'))],
      'wait_for_card on day 7',
    ],
    [
      'nobody was there to authenticate',
      PLANNER,
      opened('authentication_required'),
      [refusedAt(OPENED, declineOf('1A'))],
      'wait_for_card on day 7',
    ],
    [
      'advice 26 asks for two days',
      { policy: 'ladder' },
      opened('insufficient_funds'),
      [refusedAt(OPENED, declineOf('51', '26'))],
      'try on day 2',
    ],
    [
      'advice 30 asks for more days than there are',
      { policy: 'ladder' },
      opened('insufficient_funds'),
      [refusedAt(OPENED, declineOf('51', '30'))],
      'wait_for_card on day 7',
    ],
  ]
  for (const [name, choice, open, tries, expected] of cases) {
    test(`${name}: ${expected}`, () => {
      const { recovery, decision } = planCase(open, viewOf(choice, tries), OPENED)
      assert.equal(`${decision.kind} on day ${daysIn(decision.dueAt)}`, expected)
      assert.equal(recovery.nextAttemptAt, decision.dueAt)
      assert.equal(recovery.planAt, null)
    })
  }

  test('the planner leaves the day of the ladder for a payday that it has learned, and says so', () => {
    const open = opened('insufficient_funds', 2)
    const now = addDays(OPENED, 3)
    const tries = [...SHORT, refusedAt(addDays(OPENED, 1), declineOf('51'))]
    const view = viewOf(PLANNER, tries, { evidence: paidOnThe12th(), now })
    const { decision } = planCase(open, view, now)
    const at = formatInstant(decision.dueAt)
    assert.ok(at > '2026-11-13T09' && at < '2026-11-16T00', at)
    assert.ok((decision.chance ?? 0) > 0.5, String(decision.chance))
    assert.equal(decision.runnerUp?.at, addDays(OPENED, 7))
    assert.match(decision.reasons.join('\n'), /day 12 of the month[^]*worth clearly more/)
    assert.match(decision.reasons[0] ?? '', /at (amber|birch)$/)
  })

  test('one that explores has the best gateway of its instant as its runner-up, and nobody else has', () => {
    const decide = (draw: number) =>
      planCase(opened('do_not_honor'), viewOf(PLANNER, FIRST, { draw }), OPENED).decision
    const exploring = decide(0.01)
    assert.equal(exploring.runnerUp?.at, exploring.dueAt)
    assert.deepEqual([exploring.gatewayId, exploring.runnerUp?.gatewayId], [BIRCH, AMBER])
    assert.match(exploring.reasons.join(), /another gateway than the best, to learn about it/)
    const usual = decide(0.5)
    assert.notEqual(usual.runnerUp?.at, usual.dueAt)
  })

  test('what promises nothing is looked at again each day, and given up at the end', () => {
    const evidence = emptyEvidence()
    for (let hour = 1; hour <= 2_000; hour += 1) {
      const traits = { bin: '545454', country: 'US', zone: UTC }
      const seen = { traits, gateway: AMBER, at: addMs(OPENED, (hour - 2_000) * MS_PER_HOUR), isFirst: true } // prettier-ignore
      learn(evidence, { ...seen, failed: 'refusal', shortAt: null, refusedAt: null })
    }
    const choice: RecoveryChoice = { policy: 'planner', horizonDays: 5, attemptsMax: 8 }
    const cards = [{ ...cardWith(SHORT), gatewayIds: [AMBER] }]
    const decidedOn = (day: number): string => {
      const now = addDays(OPENED, day)
      const tries = [...SHORT, refusedAt(addDays(now, -1), declineOf('05'))]
      const view = viewOf(choice, tries, { evidence, now, cards })
      const { decision } = planCase(opened('insufficient_funds'), view, now)
      return `${decision.kind} on day ${daysIn(decision.dueAt)}`
    }
    assert.deepEqual([2, 5].map(decidedOn), ['wait_for_chance on day 3', 'give_up on day 5']) // prettier-ignore
  })

  test('a horizon does not move, though a try was made at its very end', () => {
    const choice: RecoveryChoice = { policy: 'planner', horizonDays: 28, attemptsMax: 8 }
    const now = addDays(OPENED, 28)
    const view = viewOf(choice, [...SHORT, refusedAt(now, declineOf('51'))], { now })
    const { decision } = planCase(opened('insufficient_funds', 7), view, now)
    assert.deepEqual([decision.kind, daysIn(decision.dueAt)], ['give_up', 28])
  })

  test('of a try on a day that is fixed the planner says what it expects, where it is asked', () => {
    const evidence = paidOnThe12th()
    const decide = (retriesMade: number, over: Partial<CaseView> = {}) => {
      const view = viewOf({ policy: 'ladder' }, SHORT, { evidence, ...over })
      return planCase(opened('insufficient_funds', retriesMade), view, OPENED).decision
    }
    const [before, after] = [decide(0), decide(1)] // on the 11th and on the 13th
    assert.ok((before.chance ?? 1) < 0.3 && (after.chance ?? 0) > 0.7)
    assert.match(
      after.reasons.join('\n'),
      /days after the first failure\nthe planner expects \d\d of 100 of it/,
    )
    assert.deepEqual([after.runnerUp, daysIn(after.dueAt)], [null, 3])
    const unasked = decide(1, { model: null })
    assert.equal(unasked.chance, null)
    assert.doesNotMatch(unasked.reasons.join(), /planner/)
  })

  test('a later card is tried only where those before it may not be, whatever it promises', () => {
    const second = uuid(6)
    const both = (decline: Decline) => {
      const tries = [refusedAt(OPENED, decline)]
      const cards = [cardWith(tries), { ...cardWith([]), paymentMethodId: second }]
      return planCase(opened(decline.code), viewOf(PLANNER, tries, { cards }), OPENED).decision
    }
    const short = both(declineOf('51'))
    assert.equal(short.paymentMethodId, CARD)
    assert.match(short.reasons.join(), /card 1 of 2: another is tried where this one may not/)
    const stolen = both(declineOf('43'))
    assert.deepEqual([stolen.kind, stolen.paymentMethodId], ['try', second])
    assert.match(stolen.reasons.join(), /card 2 of 2: those before it may not be tried again/)
  })

  test('without a method the schedule goes on, and says why nothing can be charged', () => {
    const view = viewOf(PLANNER, FIRST, { cards: [] })
    const { decision } = planCase(opened('do_not_honor'), view, OPENED)
    assert.equal(daysIn(decision.dueAt), 1)
    assert.match(decision.reasons[0] ?? '', /no payment method/)
  })

  test('an account that is closed is debited no more, one that was short is', () => {
    const plan = (code: string, choice: RecoveryChoice) => {
      const decline = { code, isoCode: null, adviceCode: null, message: null }
      const tries = [refusedAt(OPENED, decline)]
      const cards = [cardWith(tries, { guarded: null })]
      const { decision } = planCase(opened(code), viewOf(choice, tries, { cards }), OPENED)
      return `${decision.kind} ${daysIn(decision.dueAt)}`
    }
    for (const choice of [PLANNER, { policy: 'ladder' }] as const) {
      assert.equal(plan('invalid_account', choice), 'wait_for_card 7')
      assert.equal(plan('revocation_of_authorization', choice), 'wait_for_card 7')
      assert.equal(plan('insufficient_funds', choice), 'try 1')
    }
  })

  /** Hours after the first failure at which a case is tried as long as every answer is the same. */
  function hoursTried(decline: Decline, choice: RecoveryChoice): string {
    const policy = toPolicy(choice, RULES)
    const tries = [refusedAt(OPENED, decline)]
    let open = opened(decline.code)
    for (let now = OPENED; ; now = tries.at(-1)?.at ?? now) {
      const { decision } = planCase(open, viewOf(choice, tries, { now }), now)
      if (decision.kind !== 'try') {
        const hours = tries.slice(1).map(({ at }) => (at - OPENED) / MS_PER_HOUR)
        return `${hours.join(', ')} ${decision.kind}`.trim()
      }
      tries.push(refusedAt(decision.dueAt, decline))
      open = countFailedRetry(open, decline.code, policy, decision.dueAt)
    }
  }

  const ladder: RecoveryChoice = { policy: 'ladder' }
  for (const [isoCode, adviceCode, expected] of [
    ['05', null, '24, 72, 168 give_up'],
    ['76', null, 'wait_for_card'],
    ['80', null, 'wait_for_card'],
    ['30', null, 'wait_for_card'],
    ['03', null, 'wait_for_card'],
    ['58', null, 'wait_for_card'],
    ['21', null, '24 wait_for_card'],
    ['74', null, '24 wait_for_card'],
    ['86', null, '24 wait_for_card'],
    ['75', null, '72 wait_for_card'],
    ['5C', null, '72 wait_for_card'],
    ['78', null, '72, 144 wait_for_card'],
    ['05', '02', '72, 144 wait_for_card'],
    ['05', '04', 'wait_for_card'],
  ] as const)
    test(`a ladder that is always told ${isoCode}, advice ${adviceCode ?? 'none'}: ${expected}`, () => {
      assert.equal(hoursTried(declineOf(isoCode, adviceCode), ladder), expected)
    })

  test('the planner keeps to what a refusal leaves, with days and without', () => {
    const free: RecoveryChoice = { policy: 'planner', horizonDays: 28, attemptsMax: 8 }
    for (const choice of [PLANNER, free]) {
      for (const isoCode of ['76', '80', '30', '03', '58'])
        assert.equal(hoursTried(declineOf(isoCode), choice), 'wait_for_card', isoCode)
      for (const [isoCode, from] of [['21', 24], ['25', 24], ['81', 24], ['86', 24], ['75', 72], ['5C', 72]] as const) {
        const [hours, end, more] = hoursTried(declineOf(isoCode), choice).split(' ')
        assert.ok(Number(hours) >= from, `${isoCode}: ${hours}`)
        assert.deepEqual([end, more], ['wait_for_card', undefined], isoCode)
      }
      const [first = ''] = hoursTried(declineOf('78'), choice).split(',')
      assert.ok(Number(first) >= 72, first)
    }
  }) // prettier-ignore

  test('a second card is taken where the first may not be tried again, whoever says so', () => {
    const other = uuid(9)
    for (const isoCode of ['76', '30', '1A']) {
      const tries = [refusedAt(OPENED, declineOf(isoCode))]
      const cards = [cardWith(tries), cardWith([], { paymentMethodId: other })]
      const { decision } = planCase(opened('x'), viewOf(PLANNER, tries, { cards }), OPENED)
      assert.deepEqual([decision.kind, decision.paymentMethodId], ['try', other], isoCode)
    }
  })

  test('a second card is taken where the first may not be tried again', () => {
    const stolen = [refusedAt(OPENED, declineOf('43'))]
    const other = uuid(9)
    const cards = [cardWith(stolen), cardWith([], { paymentMethodId: other })]
    const { decision } = planCase(opened('stolen_card'), viewOf(PLANNER, stolen, { cards }), OPENED)
    assert.deepEqual([decision.kind, decision.paymentMethodId], ['try', other])
  })

  test('what an outage of ours was refused with holds a card up no more, except with its network', () => {
    const at = addMs(OPENED, MS_PER_HOUR)
    const next = (isoCode: string, choice: RecoveryChoice, isInOutage: boolean) => {
      const tries = [{ ...refusedAt(OPENED, declineOf(isoCode)), isInOutage }]
      return planCase(opened('do_not_honor'), viewOf(choice, tries), at).decision
    }
    for (const choice of [PLANNER, { policy: 'ladder' } as const]) {
      // The set-up is at fault: nothing is tried by itself, unless that was an outage.
      assert.equal(next('58', choice, false).kind, 'wait_for_card')
      const later = next('58', choice, true)
      assert.deepEqual([later.kind, daysIn(later.dueAt)], ['try', 1])
      // A card that was stolen is none of ours to say.
      assert.equal(next('43', choice, true).kind, 'wait_for_card')
    }
    const funds = /the account was short/
    assert.match(next('51', PLANNER, false).reasons.join(), funds)
    assert.doesNotMatch(next('51', PLANNER, true).reasons.join(), funds)
  })

  test('tries lie in their window, end with the case, and are allowed by the guard', () => {
    const iso = fc.constantFrom('51', '05', '61', '91', '43', '1A', '14')
    const advice = fc.constantFrom(null, '02', '24', '26', '29', '03')
    const past = fc.record({
      hoursAgo: fc.integer({ min: 0, max: 700 }),
      iso,
      advice,
      isInOutage: fc.boolean(),
    })
    const choice = fc.constantFrom<RecoveryChoice>(
      PLANNER,
      { policy: 'planner', horizonDays: 28, attemptsMax: 8 },
      { policy: 'fixed', retryDays: [2, 5, 11] },
      { policy: 'ladder' },
    )
    const network = fc.constantFrom('visa' as const, 'mastercard' as const, 'amex' as const)
    fc.assert(
      fc.property(
        fc.array(past, { minLength: 1, maxLength: 20 }),
        choice,
        network,
        fc.record({
          made: fc.integer({ min: 0, max: 8 }),
          // Decided late, after late tries, too.
          hoursOpen: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 * 24 })),
        }),
        (pasts, chosen, name, { made, hoursOpen }) => {
          const at = addMs(OPENED, hoursOpen * MS_PER_HOUR)
          const tries = pasts
            .toSorted((a, b) => b.hoursAgo - a.hoursAgo)
            .map(({ hoursAgo, iso: code, advice: told, isInOutage }) => ({
              ...refusedAt(addMs(at, -hoursAgo * MS_PER_HOUR), declineOf(code, told)),
              isInOutage,
            }))
          const { guarded, ...card } = cardWith(tries)
          const cards = [{ ...card, guarded: { ...(guarded ?? assert.fail()), network: name } }]
          const view = viewOf(chosen, tries, { cards, now: at })
          const open = opened('do_not_honor', Math.min(made, view.policy.retryDays.length))
          const { recovery, decision } = planCase(open, view, at)
          assert.equal(recovery.nextAttemptAt, decision.dueAt)
          // A wait for a card that is over ends the case, and so does giving up now; another look is always later.
          if (decision.kind === 'wait_for_card') return
          assert.ok(
            decision.dueAt >= at && (decision.dueAt > at || decision.kind !== 'wait_for_chance'),
          )
          if (decision.kind !== 'try') return
          const [first] = cards
          const charge = { amountMinor: 2_900n, currency: USD, at: decision.dueAt }
          assert.equal(mayCharge(first ?? assert.fail(), charge).kind, 'allowed')
          const isHeld = view.policy.isFree || hoursOpen === 0
          if (isHeld) assert.ok(decision.dueAt <= caseEndsAt(open, view.policy))
          assert.ok(open.retriesMade < view.policy.retryDays.length)
        },
      ),
    )
  })
})
