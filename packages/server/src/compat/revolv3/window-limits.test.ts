import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { isUuid } from '@perennial/core/ids'
import type { Clock } from '../../platform/clock/index.ts'
import { createWindowLimits } from './window-limits.ts'

function newToken() {
  const id = randomUUID()
  assert.ok(isUuid(id))
  return id
}

/** A clock that goes by hand, and how many of so many calls are taken. */
function openLimits() {
  let nowMs = 0
  const clock: Pick<Clock, 'monotonicMs'> = { monotonicMs: () => nowMs }
  const count = createWindowLimits(clock)
  const token = newToken()
  const taken = (calls: number, by = token) => {
    let done = 0
    for (let call = 0; call < calls; call += 1) {
      try {
        count(by)
        done += 1
      } catch (error) {
        assert.ok(error instanceof Error)
        assert.match(error.message, /^More than/)
      }
    }
    return done
  }
  return { taken, goOn: (ms: number) => void (nowMs += ms) }
}

test('a token makes 20 calls in a second, and another its own', () => {
  const { taken, goOn } = openLimits()
  assert.equal(taken(21), 20)
  assert.equal(taken(20, newToken()), 20)
  goOn(999)
  assert.equal(taken(1), 0)
  goOn(1)
  assert.equal(taken(21), 20)
})

test('who calls as often as a second allows is never stopped by the limit of 15 minutes: that is 18,000', () => {
  const { taken, goOn } = openLimits()
  let sum = 0
  for (let second = 0; second < 3 * 15 * 60; second += 1) {
    sum += taken(21)
    goOn(1_000)
  }
  assert.equal(sum, 3 * 18_000)
})
