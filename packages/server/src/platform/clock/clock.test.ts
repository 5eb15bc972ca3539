import assert from 'node:assert/strict'
import { test } from 'node:test'

import { instantFromMs } from '@perennial/core/time'

import { accountNow, systemClock } from './index.ts'

test('the system clock tells real time in whole milliseconds', () => {
  const before = Date.now()
  const now = systemClock().now()
  assert.ok(Number.isInteger(now) && now >= before && now <= Date.now())
})

test('durations never run backwards', () => {
  const clock = systemClock()
  const readings = Array.from({ length: 1000 }, () => clock.monotonicMs())
  assert.deepEqual(
    readings,
    readings.toSorted((a, b) => a - b),
  )
})

test("an account's time is real time until its clock is moved, and then where it stands", () => {
  const realNow = instantFromMs(1_800_000_000_000)
  const heldAt = instantFromMs(1_900_000_000_000)
  assert.equal(accountNow({ clockHeldAt: null }, realNow), realNow)
  assert.equal(accountNow({ clockHeldAt: heldAt }, realNow), heldAt)
})
