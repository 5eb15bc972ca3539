import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forgetFront, happeningsAfter, insert, makeTimeline } from './timeline.ts'

const HOUR_MS = 3_600_000

const told = (timeline: ReturnType<typeof makeTimeline>, position = { at: -1, sequence: 0 }) =>
  [...happeningsAfter(timeline, position)].map(({ at, sequence }) => [at, sequence] as const)

test('happenings come back in the order of their times, then of their becoming known, from anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 }),
      fc.nat({ max: 60 }),
      (hours, place) => {
        const timeline = makeTimeline()
        for (const hour of hours) {
          insert(timeline, { at: hour * HOUR_MS, kind: 'charge_settled', id: 'ch' })
        }
        const expected = hours
          .map((hour, index) => [hour * HOUR_MS, index + 1] as const)
          .toSorted(([a, first], [b, second]) => a - b || first - second)
        assert.deepEqual(told(timeline), expected)
        const [at, sequence] = expected[place] ?? [Infinity, 0]
        if (at === Infinity) return
        assert.deepEqual(told(timeline, { at, sequence }), expected.slice(place + 1))
      },
    ),
  )
})

test('what is forgotten leaves the front, and only the front', () => {
  const timeline = makeTimeline()
  for (const [index, id] of ['a', 'b', 'a', 'c', 'a'].entries()) {
    insert(timeline, { at: index * 20 * HOUR_MS, kind: 'charge_settled', id })
  }
  const ids = () => [...happeningsAfter(timeline, { at: -1, sequence: 0 })].map(({ id }) => id)
  forgetFront(timeline, ({ id }) => id !== 'a')
  assert.deepEqual(ids(), ['b', 'a', 'c', 'a'])
  forgetFront(timeline, ({ id }) => id === 'c')
  assert.deepEqual(ids(), ['c', 'a'])
  forgetFront(timeline, () => false)
  assert.deepEqual(ids(), [])
})
