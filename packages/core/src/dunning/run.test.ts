import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Uuid } from '../ids/index.ts'
import { addDays, addMs, MS_PER_HOUR, parseInstant, type Instant } from '../time/index.ts'
import { defaultCampaign, takeSteps, type DunningRun, type DunningView } from './index.ts'
import type { CampaignStep, StepsTaken } from './index.ts'

const START = parseInstant('2027-02-28T00:00:00Z') ?? assert.fail()
const day = (days: number): Instant => addDays(START, days)
const ID = '01890a5d-ac96-774b-bcce-b302099a8057' as Uuid

function run(over: Partial<DunningRun> = {}): DunningRun {
  return {
    id: ID,
    subscriptionId: ID,
    customerId: ID,
    invoiceId: ID,
    campaignId: null,
    steps: defaultCampaign({ retryDays: [1, 3, 7], graceDays: 7 }),
    state: 'open',
    outcome: null,
    stepsDone: 0,
    access: 'full',
    retriesTold: 0,
    mailsSent: 0,
    startedAt: START,
    dueAt: START,
    endedAt: null,
    ...over,
  }
}

const open = (retriesMade: number, nextAttemptAt: Instant | null): DunningView => ({
  recovery: { state: 'open', retriesMade, nextAttemptAt },
  invoice: { status: 'overdue' },
  status: 'past_due',
  chargedAt: null,
})
const exhausted: DunningView = {
  recovery: { state: 'exhausted', retriesMade: 3, nextAttemptAt: null },
  invoice: { status: 'overdue' },
  status: 'unpaid',
  chargedAt: null,
}

const told = ({ run: after, mail, move }: StepsTaken): string =>
  `${mail ?? '-'} ${move ?? '-'} ${after.access} ${after.state}`

test('the built-in campaign runs through to the letter', () => {
  const days: readonly [number, DunningView, string][] = [
    [0, open(0, day(1)), 'payment_failed - full open'],
    [1, open(1, day(3)), 'retry_failed - full open'],
    [3, open(2, day(7)), 'urgent_update - warning open'],
    [7, exhausted, 'service_suspended - suspended ended'],
  ]
  let current = run()
  for (const [at, view, expected] of days) {
    assert.equal(current.dueAt, day(at), `due on day ${at}`)
    const taken = takeSteps(current, view, day(at))
    assert.equal(told(taken), expected)
    current = taken.run
  }
  assert.equal(current.dueAt, null)
  assert.equal(current.outcome, 'exhausted')
})

describe('a step that is due', () => {
  const afterDay1 = run({ stepsDone: 3, mailsSent: 2, retriesTold: 1 })
  const cases: readonly [string, DunningRun, DunningView, number, string][] = [
    ['is told nothing failed where nothing was tried', run({ stepsDone: 1, mailsSent: 1 }), open(0, day(2)), 1, '- - full open'], // prettier-ignore
    ['says thanks when the money came after a second mail', afterDay1, { ...open(1, null), recovery: { state: 'recovered', retriesMade: 1, nextAttemptAt: null }, invoice: { status: 'paid' }, status: 'active', chargedAt: null }, 2, 'payment_recovered - full ended'], // prettier-ignore
    ['says nothing when the first retry succeeds', run({ stepsDone: 1, mailsSent: 1 }), { recovery: { state: 'recovered', retriesMade: 0, nextAttemptAt: null }, invoice: { status: 'paid' }, status: 'active', chargedAt: null }, 1, '- - full ended'], // prettier-ignore
    ['ends silently with a subscription that was canceled', afterDay1, { recovery: { state: 'canceled', retriesMade: 1, nextAttemptAt: null }, invoice: { status: 'uncollectible' }, status: 'canceled', chargedAt: null }, 2, '- - full ended'], // prettier-ignore
    ['sends only the last of the mails that are late', run(), open(2, day(7)), 4, 'urgent_update - warning open'], // prettier-ignore
    ['suspends at once when the last retry came early', run({ stepsDone: 6, access: 'warning', mailsSent: 3 }), exhausted, 5, 'service_suspended - suspended ended'], // prettier-ignore
  ]
  for (const [name, before, view, at, expected] of cases) {
    test(name, () => assert.equal(told(takeSteps(before, view, day(at))), expected))
  }
})

describe('a step waits', () => {
  const before = run({ stepsDone: 1, mailsSent: 1 })
  const anHourLater = addMs(day(1), MS_PER_HOUR)
  const cases: readonly [string, DunningView, Instant][] = [
    ['while a try is out', open(0, null), anHourLater],
    ['while somebody pays by hand', { ...open(0, day(3)), chargedAt: day(1) }, anHourLater],
    ['longer for a payment that has been under way for long', { ...open(0, day(3)), chargedAt: day(-11) }, day(2)], // prettier-ignore
    ['for a try that is due at the same instant', open(0, day(1)), anHourLater],
    ['a day while it is paused by hand', { ...open(0, day(2)), status: 'paused' }, day(2)],
  ]
  for (const [name, view, dueAt] of cases) {
    test(name, () => {
      const taken = takeSteps(before, view, day(1))
      assert.deepEqual(taken, { run: { ...before, dueAt }, mail: null, move: null })
    })
  }
})

test('a campaign pauses, goes on while it is paused, and cancels', () => {
  const steps: CampaignStep[] = [
    { day: 0, action: 'email', template: 'payment_failed' },
    { day: 1, action: 'retry' },
    { day: 5, action: 'pause' },
    { day: 5, action: 'email', template: 'subscription_paused' },
    { day: 30, action: 'cancel' },
    { day: 30, action: 'email', template: 'subscription_canceled' },
  ]
  const begun = run({ steps, stepsDone: 2, mailsSent: 1 })
  const paused = takeSteps(begun, open(1, day(31)), day(5))
  assert.equal(told(paused), 'subscription_paused pause full open')
  assert.equal(paused.run.dueAt, day(30))
  const canceled = takeSteps(paused.run, { ...open(1, day(31)), status: 'paused' }, day(30))
  assert.equal(told(canceled), 'subscription_canceled cancel full ended')
  const paid = { ...open(1, null), status: 'paused' } as const
  const resumed = takeSteps(
    paused.run,
    { ...paid, recovery: { ...paid.recovery, state: 'recovered' } },
    day(9),
  )
  assert.equal(told(resumed), 'payment_recovered resume full ended')
})

test('a subscription that has moved on is not moved back', () => {
  const steps: CampaignStep[] = [{ day: 5, action: 'unpaid' }]
  const taken = takeSteps(run({ steps }), { ...exhausted, status: 'unpaid' }, day(5))
  assert.equal(taken.move, null)
})

describe('a run whose tries are used up', () => {
  const steps: CampaignStep[] = [
    { day: 1, action: 'retry' },
    { day: 5, action: 'unpaid' },
    { day: 20, action: 'email', template: 'service_suspended' },
    { day: 30, action: 'cancel' },
  ]
  const before = run({ steps, outcome: 'exhausted', stepsDone: 2, mailsSent: 2 })
  const cases: readonly [string, Partial<DunningView>, string][] = [
    ['goes on while its bill is owed', {}, '- cancel full ended canceled'],
    ['ends with thanks once its bill is paid', { invoice: { status: 'paid' }, status: 'active' }, 'payment_recovered - full ended recovered'], // prettier-ignore
    ['ends once its bill is void', { invoice: { status: 'void' }, status: 'active' }, '- - full ended canceled'], // prettier-ignore
    ['ends where the bill was written off and the subscription kept', { invoice: { status: 'uncollectible' }, status: 'active' }, '- - full ended canceled'], // prettier-ignore
    ['still tells of a subscription that ended with them', { invoice: { status: 'uncollectible' }, status: 'canceled' }, 'service_suspended - full ended exhausted'], // prettier-ignore
  ]
  for (const [name, view, expected] of cases) {
    test(name, () => {
      const mailed = expected.includes('cancel ') ? { ...before, stepsDone: 3 } : before
      const taken = takeSteps(mailed, { ...exhausted, ...view }, day(30))
      assert.equal(`${told(taken)} ${taken.run.outcome}`, expected)
    })
  }
})
