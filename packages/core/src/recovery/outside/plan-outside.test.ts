import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decline } from '../../declines/index.ts'
import {
  addDays,
  addMs,
  formatInstant,
  MS_PER_HOUR,
  parseTimeZone,
  UTC,
  type Instant,
} from '../../time/index.ts'
import type { CardTraits } from '../planner/card-traits.ts'
import { emptyEvidence, learn, type Evidence } from '../planner/evidence.ts'
import { buildModel } from '../planner/model.ts'
import { continueOutside, openOutside } from './decide-outside.ts'
import type { OutsideView } from './outside-view.ts'
import { handed, NOW, USD, viewOfCards } from './test-outside.ts'

const SHORT: Decline = {
  code: 'insufficient_funds',
  isoCode: '51',
  adviceCode: null,
  message: null,
}

const KNOWN: CardTraits = { bin: '411111', country: 'US', zone: UTC }

/** So many retries of cards that are paid on the 20th at noon: short before, approved from then on. */
function paidOnThe20th(traits: CardTraits, count: number): Evidence {
  const evidence = emptyEvidence()
  for (let index = 0; index < count; index += 1) {
    const shortAt = addDays(NOW, -28 + (index % 12))
    const at = addMs(addDays(NOW, -20 + (index % 12)), index % 12)
    const isPaid = Number(formatInstant(at).slice(8, 10)) >= 20
    learn(evidence, {
      traits,
      gateway: 'amber',
      at,
      failed: isPaid ? null : 'funds',
      isFirst: false,
      shortAt,
      refusedAt: null,
    })
  }
  return evidence
}

function viewOf(evidence: Evidence, more: Partial<OutsideView>): OutsideView {
  const view = viewOfCards(() => ({ network: 'visa', country: 'US', bin: '411111', history: [] }))
  return { ...view, policy: 'planner', model: buildModel(evidence, NOW), ...more }
}

const hoursOf = (at: Instant | null): number =>
  ((at ?? assert.fail('it waits')) - NOW) / MS_PER_HOUR

test('the billing day that was told is kept until cards alike were seen, whatever others have taught', () => {
  const opened = handed({ firstDecline: SHORT })
  const others = paidOnThe20th({ ...KNOWN, bin: '555555' }, 600)
  const alike = paidOnThe20th(KNOWN, 600)
  const sourceAfter = (evidence: Evidence) =>
    openOutside(opened, viewOf(evidence, { billingDay: 9 })).recovery.plan?.source
  assert.deepEqual([others, alike].map(sourceAfter), ['schedule', 'planner'])
})

test('the digits that the gateway tells of a card are asked for, though its biller told none', () => {
  const evidence = paidOnThe20th(KNOWN, 600)
  const { plan } = openOutside(handed({ firstDecline: SHORT }), viewOf(evidence, {})).recovery
  assert.match(plan?.reasons.join('\n') ?? '', /from 600 attempts on such cards/)
})

test('where no country is known, the zone of the client is asked with', () => {
  const zone = parseTimeZone('America/New_York') ?? assert.fail()
  const view = viewOf(emptyEvidence(), { zone })
  const unknown = viewOfCards(() => ({ network: 'visa', country: null, history: [] })).cardOf
  const opened = openOutside(handed({ firstDecline: SHORT }), { ...view, cardOf: unknown })
  assert.match(opened.recovery.plan?.reasons.join('\n') ?? '', /-0[45]:00/)
})

test('a try that is due waits for what was learned since, and is made where nothing was', () => {
  const before = viewOf(emptyEvidence(), {})
  const { recovery } = openOutside(handed({ firstDecline: SHORT }), before)
  const now = recovery.nextAttemptAt ?? assert.fail('it waits')
  assert.ok(continueOutside(recovery, { ...before, now }).isAttempting)

  const learned = viewOf(paidOnThe20th(KNOWN, 600), { now })
  const moved = continueOutside(recovery, learned)
  assert.ok(!moved.isAttempting)
  assert.ok(hoursOf(moved.recovery.nextAttemptAt) > hoursOf(now))
  assert.equal(moved.recovery.plan?.timesMoved, 1)
  // What was moved so often is made.
  const plan = { ...(moved.recovery.plan ?? assert.fail('it is planned')), timesMoved: 8 }
  assert.ok(continueOutside({ ...recovery, plan }, learned).isAttempting)
})

test('what its gateway charges is taken off, and told', () => {
  const fee = { ratePpm: 29_000, approvedMinor: 30n, declinedMinor: 10n, currency: USD }
  const fees = new Map([['amber', fee]])
  const opened = (amountMinor: bigint) =>
    openOutside(
      handed({ firstDecline: SHORT, amountMinor }),
      viewOf(paidOnThe20th(KNOWN, 600), { fees }),
    ).recovery
  const { plan } = opened(50_00n)
  assert.match(plan?.reasons.join('\n') ?? '', /fees taken off, .*: its gateway 3.5 % or 0.2 %/)
  // 30 of 25 is more than there is to win.
  assert.equal(opened(25n).state, 'failed')
})

test('an instant of the plain schedule was promised, and is kept', () => {
  const before = viewOf(emptyEvidence(), { policy: 'schedule' })
  const { recovery } = openOutside(handed({ firstDecline: SHORT }), before)
  const now = recovery.nextAttemptAt ?? assert.fail('it waits')
  const learned = viewOf(paidOnThe20th(KNOWN, 600), { now })
  assert.ok(continueOutside(recovery, learned).isAttempting)
})
