import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findIsoCode, isDeclineCode, listDeclineCodes, type Decline } from '../../declines/index.ts'
import { addDays, addMs, MS_PER_DAY, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import type { PastAttempt } from '../guard/ask-guard.ts'
import type { CardNetwork } from '../guard/network-rules.ts'
import { continueOutside, moveOutside, openOutside, settleOutside } from './decide-outside.ts'
import type { OutsideRecovery } from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'
import { nextUpdaterAsk } from './renewed-card.ts'
import { handed, NOW, USD, viewOfCards } from './test-outside.ts'

const decline = (code: string, adviceCode: string | null = null): Decline => ({
  code,
  isoCode: null,
  adviceCode,
  message: null,
})

const viewWith = (
  history: readonly PastAttempt[] = [],
  more: Partial<OutsideView> = {},
): OutsideView => ({
  ...viewOfCards((token) => ({
    network: 'visa',
    country: null,
    history: token === 'first' ? history : [],
  })),
  ...more,
})

function refusedFor(refusal: Decline, wasChallenged = false) {
  return { kind: 'declined', decline: refusal, wasChallenged } as const
}

type Row = readonly [
  code: string | null,
  isUrgent: boolean,
  fallbacks: readonly string[],
  becomes: string,
]

/** state, the token that is charged, what is recommended */
const opened: readonly Row[] = [
  ['do_not_honor', false, [], 'attempting first -'],
  [null, false, [], 'attempting first -'],
  ['gateway_timeout', false, [], 'attempting first -'],
  ['insufficient_funds', false, [], 'scheduled - monitor'],
  ['insufficient_funds', true, [], 'attempting first -'],
  ['card_velocity_exceeded', false, [], 'scheduled - monitor'],
  ['expired_card', false, [], 'awaiting_card - request_card_update'],
  ['expired_card', true, [], 'failed - request_card_update'],
  ['expired_card', false, ['second'], 'attempting second -'],
  ['incorrect_number', false, [], 'failed - request_card_update'],
  ['card_not_supported', false, ['second'], 'attempting second -'],
  ['authentication_required', false, ['second'], 'blocked - request_card_update'],
  ['fraudulent', true, ['second'], 'blocked - manual_review'],
  ['stolen_card', false, [], 'blocked - manual_review'],
  ['revocation_of_authorization', false, ['second'], 'failed - manual_review'],
  ['duplicate_transaction', false, [], 'failed - monitor'],
]

for (const [code, isUrgent, fallbackTokens, becomes] of opened) {
  const urgently = isUrgent ? ', somebody waits' : ''
  test(`${code}${urgently}, fallbacks: ${fallbackTokens.length}: ${becomes}`, () => {
    const firstDecline = code === null ? null : decline(code)
    const step = openOutside(handed({ firstDecline, isUrgent, fallbackTokens }), viewWith())
    const { state, token, recommendedAction } = step.recovery
    const charged = step.isAttempting ? token : '-'
    assert.equal(`${state} ${charged} ${recommendedAction ?? '-'}`, becomes)
    assert.equal(step.recovery.closedAt !== null, ['failed', 'blocked'].includes(state))
  })
}

/** Hours after it was handed over at which it is charged as long as every answer is the same; then how it ends. */
function hoursCharged(refusal: Decline, policy: OutsideView['policy']): string {
  const history: PastAttempt[] = []
  const hours: number[] = []
  let view = viewWith(history, { policy })
  let step = openOutside(handed({ firstDecline: refusal }), view)
  while (step.recovery.closedAt === null) {
    const { recovery } = step
    if (step.isAttempting) {
      hours.push((view.now - NOW) / MS_PER_HOUR)
      history.push({ at: view.now, amountMinor: 5000n, currency: USD, decline: refusal })
      step = settleOutside(recovery, refusedFor(refusal), view)
    } else {
      view = { ...view, now: recovery.nextAttemptAt ?? assert.fail('what is open waits') }
      step = continueOutside(recovery, view)
    }
  }
  return `${hours.join(', ')} ${step.recovery.state}: ${step.recovery.recommendedAction}`.trim()
}

for (const [isoCode, adviceCode, expected] of [
  ['76', null, 'failed: monitor'],
  ['80', null, 'failed: monitor'],
  ['30', null, 'failed: monitor'],
  ['58', null, 'failed: manual_review'],
  ['94', null, 'failed: monitor'],
  ['21', null, '24 failed: retry_later'],
  ['74', null, '24 failed: retry_later'],
  ['75', null, '72 failed: request_card_update'],
  ['5C', null, '72 failed: request_card_update'],
  ['86', null, '24 failed: request_card_update'],
  ['05', '04', 'failed: monitor'],
] as const)
  test(`handed over with ${isoCode}, advice ${adviceCode ?? 'none'}, and always told so: ${expected}`, () => {
    const code = findIsoCode(isoCode)?.code ?? assert.fail(isoCode)
    const refusal = { code, isoCode, adviceCode, message: null }
    assert.equal(hoursCharged(refusal, 'schedule'), expected)
    // The planner may wait for longer.
    const toHours = (told: string) => [Number.parseInt(told, 10) || 0, told.replace(/^\d+ /, '')] as const // prettier-ignore
    const [least, end] = toHours(expected)
    const [hours, ended] = toHours(hoursCharged(refusal, 'planner'))
    assert.ok(hours >= least, String(hours))
    assert.equal(ended, end)
  })

test('a part that the issuer would have paid waits for the payday that a shortage waits for', () => {
  for (const [part, short] of [
    ['10', '51'],
    ['002', '116'],
  ] as const) {
    const told = (isoCode: string) => {
      const code = findIsoCode(isoCode)?.code ?? assert.fail(isoCode)
      const refusal = { code, isoCode, adviceCode: null, message: null }
      return (['schedule', 'planner'] as const).map((policy) => hoursCharged(refusal, policy))
    }
    assert.deepEqual(told(part), told(short), part)
    assert.notDeepEqual(told(part), told('05'), part)
  }
})

test('what asks for three days gets them, unless somebody waits', () => {
  const refusal = { code: 'generic_decline', isoCode: '78', adviceCode: null, message: null }
  assert.match(hoursCharged(refusal, 'schedule'), /^72, 144, /)
  const urgent = openOutside(handed({ firstDecline: refusal, isUrgent: true }), viewWith())
  assert.ok(urgent.isAttempting)
})

test('a card that may not be tried again gives way to a fallback, and is not gone back to', () => {
  const firstDecline = { code: 'processing_error', isoCode: '76', adviceCode: null, message: null }
  const begun = openOutside(handed({ firstDecline, fallbackTokens: ['second'] }), viewWith())
  assert.ok(begun.isAttempting)
  const refused = settleOutside(begun.recovery, refusedFor(decline('do_not_honor')), viewWith())
  assert.deepEqual([refused.recovery.state, refused.recovery.token], ['scheduled', 'second'])
})

test('the country that was told is of the card that it came with, and of no fallback', () => {
  // Mastercard in Brazil: seven refusals in a month.
  const refused = Array.from({ length: 7 }, (_, day) => ({
    at: addDays(NOW, day - 12),
    amountMinor: 1n,
    currency: USD,
    decline: decline('do_not_honor'),
  }))
  const view = viewOfCards(() => ({ network: 'mastercard', country: null, history: refused }))
  const step = openOutside(handed({ country: 'BR', fallbackTokens: ['second'] }), view)
  assert.deepEqual([step.isAttempting, step.recovery.token], [true, 'second'])
})

test('fifteen refusals of one amount in a month end it without a charge', () => {
  const past = Array.from({ length: 14 }, (_, day) => ({
    at: addDays(NOW, day - 20),
    amountMinor: 5000n,
    currency: USD,
    decline: decline('do_not_honor'),
  }))
  const step = openOutside(handed({ firstDecline: decline('do_not_honor') }), viewWith(past))
  assert.deepEqual([step.recovery.state, step.recovery.recommendedAction, step.recovery.attemptsMade], ['failed', 'request_card_update', 0]) // prettier-ignore
  const other = handed({ amountMinor: 5001n, firstDecline: decline('do_not_honor') })
  assert.equal(openOutside(other, viewWith(past)).isAttempting, true)
})

test('the try that the biller made itself counts in the day of the hand-over, and starts no pause', () => {
  const past = (count: number) =>
    Array.from({ length: count }, () => ({
      at: addMs(NOW, -12 * MS_PER_HOUR),
      amountMinor: 4000n,
      currency: USD,
      decline: decline('do_not_honor'),
    }))
  const cardOf = (network: CardNetwork, history: readonly PastAttempt[]) => () => ({ network, country: null, history }) // prettier-ignore
  const asked = handed({ firstDecline: decline('do_not_honor') })
  const open = (network: CardNetwork, count: number) =>
    openOutside(asked, viewWith([], { cardOf: cardOf(network, past(count)) })).recovery.state
  assert.deepEqual([open('mastercard', 7), open('mastercard', 8)], ['attempting', 'failed'])
  assert.equal(open('amex', 0), 'attempting')
})

test('a code that nobody knows is tried once with care, and once more a day later', () => {
  const strange = decline('some_new_code')
  const run = (answers: readonly string[], firstDecline: Decline | null) => {
    const hours: number[] = []
    let now = NOW
    let step = openOutside(handed({ firstDecline }), viewWith())
    for (const answer of answers) {
      if (!step.isAttempting) {
        now = step.recovery.nextAttemptAt ?? now
        step = continueOutside(step.recovery, viewWith([], { now }))
      }
      hours.push((now - NOW) / MS_PER_HOUR)
      step = settleOutside(step.recovery, refusedFor(decline(answer)), viewWith([], { now }))
      if (step.recovery.closedAt !== null) break
    }
    return { hours, state: step.recovery.state }
  }
  const always = Array.from({ length: 8 }, () => 'some_new_code')
  assert.deepEqual(run(always, strange), { hours: [0, 24], state: 'failed' })
  assert.deepEqual(run(always, decline('do_not_honor')), { hours: [0, 24], state: 'failed' })
  // Once the issuer has said something that is known, it goes on as that does.
  assert.equal(run(['some_new_code', 'do_not_honor'], strange).state, 'scheduled')
})

test('a new card that comes while the old one is being charged is tried when that one is refused', () => {
  const out = openOutside(handed({ fallbackTokens: ['spare'] }), viewWith()).recovery
  const moved = moveOutside(out, 'second', viewWith())
  assert.deepEqual([moved.isAttempting, moved.recovery.token, moved.recovery.state], [false, 'first', 'attempting']) // prettier-ignore
  const refusal = decline('do_not_honor')
  for (const code of ['do_not_honor', 'expired_card']) {
    const next = settleOutside(moved.recovery, refusedFor(decline(code)), viewWith())
    const { token, trigger, strategy } = next.recovery
    assert.deepEqual([next.isAttempting, token, trigger, strategy], [true, 'second', 'card_update', 'primary']) // prettier-ignore
    // From then on it is the only card.
    const later = settleOutside(next.recovery, refusedFor(refusal), viewWith())
    assert.deepEqual([later.recovery.state, later.recovery.token], ['scheduled', 'second'])
  }
  const approved = { kind: 'succeeded', gatewayReference: 'ref' } as const
  assert.equal(settleOutside(moved.recovery, approved, viewWith()).recovery.state, 'succeeded')
})

test('a pause between tries is for the merchant alone: whoever is there is charged again', () => {
  const refusal = decline('issuer_not_available')
  const rows = [
    [true, 'attempting'],
    [false, 'failed'],
  ] as const
  for (const [isCustomerPresent, becomes] of rows) {
    const past = { at: NOW, amountMinor: 5000n, currency: USD, decline: refusal, isCustomerPresent }
    const cardOf = () => ({ network: 'amex', country: null, history: [past] }) as const
    const view = viewWith([], { isCustomerPresent, cardOf })
    const asked = handed({ firstDecline: refusal, isUrgent: true, isCustomerPresent })
    // Another payment of the card a moment ago, and the second of two tries at once (spec/revtain.md 6).
    const open = openOutside(asked, view).recovery
    const again = settleOutside(openOutside(asked, viewWith()).recovery, refusedFor(refusal), view)
    assert.deepEqual([open.state, again.recovery.state], [becomes, becomes])
  }
})

test('what a payer tried who was there leaves the merchant its own count', () => {
  const past = Array.from({ length: 15 }, (_, day) => ({
    at: addDays(NOW, day - 20),
    amountMinor: 5000n,
    currency: USD,
    decline: decline('do_not_honor'),
    isCustomerPresent: true,
  }))
  const open = (isCustomerPresent: boolean) =>
    openOutside(handed({ isCustomerPresent }), viewWith(past, { isCustomerPresent })).recovery.state
  assert.deepEqual([open(true), open(false)], ['failed', 'attempting'])
})

test('after a card that a payer gave, the merchant keeps the pause', () => {
  const refusal = decline('do_not_honor')
  const view = viewWith([], { isCustomerPresent: true })
  const waiting = openOutside(handed({ firstDecline: decline('expired_card') }), view).recovery
  const moved = moveOutside(waiting, 'second', view).recovery
  const past = { at: NOW, amountMinor: 5000n, currency: USD, decline: refusal, isCustomerPresent: true } // prettier-ignore
  const cardOf = () => ({ network: 'amex', country: null, history: [past] }) as const
  const step = settleOutside(moved, refusedFor(refusal), { ...view, cardOf })
  assert.ok((step.recovery.nextAttemptAt ?? 0) >= NOW + 24 * MS_PER_HOUR)
})

test('a payer who does not authenticate the card that they gave may give another one; a payment alone is over', () => {
  const refusal = decline('authentication_not_handled')
  const waiting = openOutside(handed({ firstDecline: decline('expired_card') }), viewWith())
  const moved = moveOutside(waiting.recovery, 'second', viewWith())
  const rows = [
    [true, 'awaiting_card request_card_update'],
    [false, 'blocked request_card_update'],
  ] as const
  for (const [wasChallenged, becomes] of rows) {
    const { recovery } = settleOutside(
      moved.recovery,
      refusedFor(refusal, wasChallenged),
      viewWith(),
    )
    assert.equal(`${recovery.state} ${recovery.recommendedAction}`, becomes)
    assert.equal(recovery.closedAt === null, wasChallenged)
  }
})

test('a card that its gateway has renewed is charged once, and waited for again when that is refused as before', () => {
  const expired = decline('expired_card')
  const waiting = openOutside(handed({ firstDecline: expired }), viewWith()).recovery
  const renewedAt = addDays(NOW, 2)
  const renewed = (now: Instant, past: readonly PastAttempt[] = []): OutsideView => {
    const cardOf = () =>
      ({ network: 'visa', country: null, history: past, dataAt: renewedAt, renewedAt }) as const
    return { ...viewWith(), now, cardOf }
  }
  const step = continueOutside(waiting, renewed(renewedAt))
  assert.deepEqual([step.isAttempting, step.recovery.trigger], [true, 'account_updater'])
  const attempt = { at: renewedAt, amountMinor: 5000n, currency: USD, decline: expired }
  const refused = settleOutside(step.recovery, refusedFor(expired), renewed(renewedAt, [attempt]))
  assert.equal(refused.recovery.state, 'awaiting_card')
  const { nextAttemptAt } = refused.recovery
  assert.ok(nextAttemptAt !== null)
  assert.equal(continueOutside(refused.recovery, renewed(nextAttemptAt, [attempt])).recovery.state, 'failed') // prettier-ignore
})

test('whatever else forbids a renewed card leaves its payment waiting for another one', () => {
  const waiting = openOutside(handed({ firstDecline: decline('expired_card') }), viewWith())
  const now = addDays(NOW, 2)
  const stolen = { at: NOW, amountMinor: 900n, currency: USD, decline: decline('stolen_card') }
  const cardOf = () =>
    ({ network: 'visa', country: null, history: [stolen], renewedAt: now }) as const
  const { recovery } = continueOutside(waiting.recovery, { ...viewWith(), now, cardOf })
  assert.deepEqual([recovery.state, recovery.nextAttemptAt], ['awaiting_card', addDays(NOW, 21)])
  assert.equal(recovery.askUpdaterAt, null)
})

test('the account updater is asked after a minute, then after 1, 2, 4, 8 and 16 days', () => {
  const waiting = openOutside(handed({ firstDecline: decline('expired_card') }), viewWith())
  const days: number[] = []
  let at = waiting.recovery.askUpdaterAt
  while (at !== null) {
    days.push(Math.floor((at - NOW) / MS_PER_DAY))
    at = nextUpdaterAsk(waiting.recovery, at)
  }
  assert.deepEqual(days, [0, 1, 2, 4, 8, 16])
})

test('an advised delay is kept to, and advice to stop is the end', () => {
  const first = openOutside(handed(), viewWith()).recovery
  const after = (adviceCode: string): OutsideRecovery => {
    const refusal = decline('insufficient_funds', adviceCode)
    const attempt = { at: NOW, amountMinor: 5000n, currency: USD, decline: refusal }
    return settleOutside(first, refusedFor(refusal), viewWith([attempt])).recovery
  }
  const delayed = after('28')
  assert.equal(delayed.state, 'scheduled')
  assert.ok((delayed.nextAttemptAt ?? 0) >= NOW + 144 * MS_PER_HOUR)
  assert.equal(after('03').state, 'failed')
})

test('every recovery ends, once, after at most eight charges, whatever the answers are', () => {
  const codes = listDeclineCodes().filter(isDeclineCode)
  const answers = fc.array(fc.constantFrom('approved', 'some_new_code', ...codes), {
    minLength: 60,
    maxLength: 60,
  })
  const property = fc.property(
    answers,
    fc.boolean(),
    fc.constantFrom('planner' as const, 'schedule' as const),
    fc.integer({ min: 0, max: 5 }),
    (said, isUrgent, policy, fallbacks) => {
      const past: (PastAttempt & { readonly token: string })[] = []
      let now = NOW
      const view = (): OutsideView => ({
        ...viewWith([], { now, policy }),
        cardOf: (token) => ({
          network: 'mastercard',
          country: null,
          history: past.filter((attempt) => attempt.token === token),
        }),
      })
      const fallbackTokens = Array.from({ length: fallbacks }, (_, index) => `spare ${index}`)
      let step = openOutside(handed({ isUrgent, fallbackTokens }), view())
      let charges = 0
      for (const answer of said) {
        const { recovery } = step
        if (recovery.closedAt !== null) break
        if (!step.isAttempting) {
          assert.ok(recovery.nextAttemptAt !== null && recovery.nextAttemptAt >= now)
          now = recovery.nextAttemptAt
          step = continueOutside(recovery, view())
          continue
        }
        charges += 1
        const isApproved = answer === 'approved'
        const { token, amountMinor, currency } = recovery
        const refusal = isApproved ? null : decline(answer)
        past.push({ token, amountMinor, currency, at: now, decline: refusal })
        const outcome =
          refusal === null
            ? ({ kind: 'succeeded', gatewayReference: 'ref' } as const)
            : refusedFor(refusal)
        step = settleOutside(recovery, outcome, view())
      }
      assert.ok(step.recovery.closedAt !== null)
      assert.ok(charges <= 8 && charges === step.recovery.attemptsMade)
    },
  )
  fc.assert(property, { numRuns: 150 })
})
