import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { GatewayDispute } from '../payments/index.ts'
import { addDays, addMs } from '../time/index.ts'
import {
  hearDispute,
  isClosed,
  missDeadline,
  openDispute,
  submitEvidence,
  acceptDispute,
  type Dispute,
} from './index.ts'
import { at, numberedId, SALE, told } from './test-dispute.ts'

const OPENED = at('2027-01-06')
const LATER = at('2027-01-10')

function opened(status: GatewayDispute['status']): Dispute {
  const given = { id: numberedId(9), sale: SALE, gatewayId: numberedId(5), facts: {} }
  return openDispute({ ...given, told: told(status), toldAt: OPENED }, OPENED)
}

/** A dispute in a state, as the gateway's words lead there. */
function disputeIn(...words: readonly GatewayDispute['status'][]): Dispute {
  const [first = 'needs_response', ...others] = words
  return others.reduce((dispute, status, index) => {
    const decision = hearDispute(dispute, told(status), addMs(OPENED, index + 1), OPENED)
    return decision.kind === 'changed' ? decision.dispute : dispute
  }, opened(first))
}

const shown = ({ status, resolution }: Dispute): string =>
  resolution === null || resolution === status ? status : `${status} (${resolution})`

const STATES = {
  warning_needs_response: disputeIn('warning_needs_response'),
  warning_closed: disputeIn('warning_needs_response', 'warning_closed'),
  needs_response: disputeIn('needs_response'),
  under_review: disputeIn('needs_response', 'under_review'),
  won: disputeIn('needs_response', 'won'),
  lost: disputeIn('needs_response', 'lost'),
}

const SAME = '-'
const WORDS = ['warning_needs_response', 'warning_closed', 'needs_response', 'under_review', 'won', 'lost', 'withdrawn'] as const // prettier-ignore

/** Rows: the state; columns: what is told, in the order of WORDS. "-" changes nothing. */
const HEARD: Readonly<Record<keyof typeof STATES, readonly string[]>> = {
  warning_needs_response: [SAME, 'warning_closed', 'needs_response', 'under_review', 'won', 'lost', 'won (withdrawn)'], // prettier-ignore
  warning_closed: [SAME, SAME, 'needs_response', 'under_review', 'won', 'lost', 'won (withdrawn)'],
  needs_response: [SAME, SAME, SAME, 'under_review', 'won', 'lost', 'won (withdrawn)'],
  under_review: [SAME, SAME, SAME, SAME, 'won', 'lost', 'won (withdrawn)'],
  won: [SAME, SAME, 'needs_response', 'under_review', SAME, 'lost', SAME],
  lost: [SAME, SAME, SAME, SAME, 'won', SAME, 'won (withdrawn)'],
}

for (const [state, row] of Object.entries(HEARD)) {
  test(`what a dispute in ${state} makes of each word of its gateway`, () => {
    const dispute = STATES[state as keyof typeof STATES] // the table's own key
    const heard = WORDS.map((word) => {
      const decision = hearDispute(dispute, told(word), LATER, LATER)
      return decision.kind === 'ignored' ? SAME : shown(decision.dispute)
    })
    deepEqual(heard, row)
  })
}

test('a dispute that nobody answers in time is lost, and an early warning is over', () => {
  const due = at('2027-01-20')
  equal(missDeadline(STATES.needs_response, addMs(due, -1)), null)
  const lost = missDeadline(STATES.needs_response, due)
  deepEqual([lost?.status, lost?.resolution, lost?.isInferred, lost?.nextDueAt], ['lost', 'lost', true, null]) // prettier-ignore
  const over = missDeadline(STATES.warning_needs_response, due)
  deepEqual([over?.status, over?.isInferred, over?.nextDueAt], ['warning_closed', true, null])
  equal(missDeadline(STATES.under_review, due), null)
  equal(missDeadline(disputeIn('needs_response', 'won'), due), null)
})

test('what only our clock lost is won when the gateway says so, and once', () => {
  const lost = missDeadline(STATES.needs_response, at('2027-01-20'))
  const won =
    lost === null ? null : hearDispute(lost, told('won'), at('2027-02-01'), at('2027-02-01'))
  equal(won?.kind === 'changed' && won.dispute.status, 'won')
  equal(won?.kind === 'changed' && won.dispute.isInferred, false)
})

test('a warning that our clock has ended may still become a chargeback, with a date of its own', () => {
  const over = missDeadline(STATES.warning_needs_response, at('2027-01-20'))
  ok(over !== null)
  const evidenceDueAt = at('2027-02-20')
  const charged = told('needs_response', { evidenceDueAt, amountMinor: 2900n })
  equal(hearDispute(over, charged, over.toldAt, at('2027-02-01')).kind, 'ignored')
  const decision = hearDispute(over, charged, at('2027-02-01'), at('2027-02-01'))
  const taken = decision.kind === 'changed' ? decision.dispute : null
  deepEqual(
    [taken?.status, taken?.isInferred, taken?.resolvedAt, taken?.nextDueAt, taken?.amountMinor],
    ['needs_response', false, null, evidenceDueAt, 2900n],
  )
})

test('once it is answered, the deadline means nothing any more', () => {
  const answered = submitEvidence(STATES.needs_response, 'under_review', LATER)
  deepEqual([answered.status, answered.evidenceSubmittedAt, answered.nextDueAt], ['under_review', LATER, null]) // prettier-ignore
  const warned = submitEvidence(STATES.warning_needs_response, 'warning_needs_response', LATER)
  equal(missDeadline(warned, addDays(LATER, 30)), null)
})

test('what is given up is lost without evidence, and a warning that stays open waits for nobody', () => {
  const lost = acceptDispute(STATES.needs_response, 'lost', LATER)
  deepEqual([lost.status, lost.evidenceSubmittedAt, lost.nextDueAt], ['lost', null, null])
  const warned = acceptDispute(STATES.warning_needs_response, 'warning_needs_response', LATER)
  equal(missDeadline(warned, addDays(LATER, 30)), null)
})

test('a chargeback that follows on an answered warning waits for an answer of its own', () => {
  const warned = submitEvidence(STATES.warning_needs_response, 'warning_needs_response', LATER)
  const raised = told('needs_response', { evidenceDueAt: at('2027-02-20') })
  const decision = hearDispute(warned, raised, addMs(LATER, 1), addDays(LATER, 1))
  const dispute = decision.kind === 'changed' ? decision.dispute : null
  deepEqual([dispute?.status, dispute?.evidenceSubmittedAt], ['needs_response', null])
  equal(dispute?.nextDueAt, at('2027-02-20'))
})

test('news of an answered warning asks for no second answer', () => {
  const warned = submitEvidence(STATES.warning_needs_response, 'warning_needs_response', LATER)
  const news = told('warning_needs_response', { evidenceDueAt: at('2027-01-25') })
  const decision = hearDispute(warned, news, addMs(LATER, 1), addDays(LATER, 1))
  const dispute = decision.kind === 'changed' ? decision.dispute : null
  deepEqual([dispute?.evidenceSubmittedAt, dispute?.nextDueAt], [LATER, null])
})

test('a new deadline is news, the same one again is not, and an old one after it neither', () => {
  const later = told('needs_response', { evidenceDueAt: at('2027-01-25') })
  const decision = hearDispute(STATES.needs_response, later, LATER, LATER)
  equal(decision.kind === 'changed' && decision.dispute.nextDueAt, at('2027-01-25'))
  equal(hearDispute(STATES.needs_response, told('needs_response'), LATER, LATER).kind, 'ignored')
  equal(hearDispute(STATES.needs_response, later, addMs(OPENED, -1), LATER).kind, 'ignored')
})

test('a dispute taken up again asks for a new answer by a new date', () => {
  const due = at('2027-02-20')
  const answered = submitEvidence(STATES.needs_response, 'under_review', addMs(OPENED, 1))
  const won = hearDispute(answered, told('won'), addMs(OPENED, 2), LATER)
  const again = told('needs_response', { evidenceDueAt: due })
  const decision = won.kind === 'changed' ? hearDispute(won.dispute, again, LATER, LATER) : won
  const reopened = decision.kind === 'changed' ? decision.dispute : null
  deepEqual([reopened?.status, reopened?.resolution, reopened?.resolvedAt], ['needs_response', null, null]) // prettier-ignore
  deepEqual([reopened?.nextDueAt, reopened?.evidenceSubmittedAt], [due, null])
})

const stories = fc.array(fc.constantFrom(...WORDS), { maxLength: 12 })

test('whatever words come late, and however often, a closed dispute stays as it is', () => {
  fc.assert(
    fc.property(fc.constantFrom('won', 'lost', 'withdrawn'), stories, (last, words) => {
      const closed = disputeIn('needs_response', 'under_review', last)
      for (const word of words) {
        equal(hearDispute(closed, told(word), closed.toldAt, LATER).kind, 'ignored')
        equal(hearDispute(closed, told(word), addMs(closed.toldAt, -1), LATER).kind, 'ignored')
      }
    }),
  )
})

test('in whatever order words come, none counts twice, and what is closed says how', () => {
  fc.assert(
    fc.property(fc.constantFrom(...WORDS), stories, (first, words) => {
      let dispute = opened(first)
      words.forEach((word, index) => {
        const decision = hearDispute(dispute, told(word), addMs(LATER, index), LATER)
        if (decision.kind === 'ignored') return
        equal(decision.dispute.version, dispute.version + 1)
        const twice = hearDispute(decision.dispute, told(word), addMs(LATER, index), LATER)
        equal(twice.kind, 'ignored')
        dispute = decision.dispute
      })
      equal(isClosed(dispute), dispute.resolvedAt !== null)
      if (dispute.status === 'won' || dispute.status === 'lost')
        equal(dispute.resolution === null, false)
    }),
    { numRuns: 500 },
  )
})
