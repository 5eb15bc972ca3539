import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type Move, type SubscriptionStatus, MOVES, decideMove, isEnded } from './index.ts'

/** Where each move leads from each status (revkeen.md 2.6). What is not here is refused. */
const LEGAL: Readonly<Record<SubscriptionStatus, Partial<Record<Move, SubscriptionStatus>>>> = {
  pending: {
    start_trial: 'trialing',
    activate: 'active',
    fail_first_charge: 'incomplete',
    expire_unpaid_start: 'incomplete_expired',
    cancel: 'canceled',
  },
  incomplete: {
    activate: 'active',
    fail_first_charge: 'incomplete',
    expire_unpaid_start: 'incomplete_expired',
    cancel: 'canceled',
  },
  incomplete_expired: {},
  trialing: {
    activate: 'active',
    fall_past_due: 'past_due',
    suspend: 'paused',
    cancel: 'canceled',
  },
  active: {
    fall_past_due: 'past_due',
    pause: 'paused',
    suspend: 'paused',
    expire: 'expired',
    cancel: 'canceled',
  },
  past_due: {
    fall_past_due: 'past_due', // a second bill fails too
    recover: 'active',
    exhaust: 'unpaid',
    suspend: 'paused',
    expire: 'expired',
    cancel: 'canceled',
  },
  paused: { resume: 'active', resume_trial: 'trialing', expire: 'expired', cancel: 'canceled' },
  unpaid: { recover: 'active', expire: 'expired', cancel: 'canceled' },
  canceled: {},
  expired: {},
}

const STATUSES = Object.keys(LEGAL).filter((name): name is SubscriptionStatus => name in LEGAL)
const ALL_MOVES = Object.keys(MOVES).filter((name): name is Move => name in MOVES)

test('every move from every status is named or refused', () => {
  equal(STATUSES.length * ALL_MOVES.length, 130)
  for (const status of STATUSES) {
    for (const move of ALL_MOVES) {
      const to = LEGAL[status][move]
      const expected =
        to === undefined
          ? { kind: 'refused', code: 'subscription_state_invalid', needs: MOVES[move].from }
          : { kind: 'moved', to }
      deepEqual(decideMove(status, move), expected, `${status} ${move}`)
    }
  }
})

test('an ended subscription has no move left, every other status has a way out', () => {
  for (const status of STATUSES) {
    const hasWayOut = Object.values(LEGAL[status]).some((to) => to !== status)
    equal(hasWayOut, !isEnded(status), status)
  }
})
