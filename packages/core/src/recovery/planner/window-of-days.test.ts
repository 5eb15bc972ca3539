import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, addMs, parseInstant, type Instant } from '../../time/index.ts'
import { windowOfDays } from './window-of-days.ts'

const OPENED = parseInstant('2027-03-01T09:00:00Z') as Instant
const day = (days: number): Instant => addDays(OPENED, days)

test('each try has the time after the day before it and by its own, and a late one moves the rest', () => {
  const cases = [
    // [tries made, the last on day, from just after day, by day, the end just after day]
    [0, 0, null, 1, 7],
    [1, 1, 1, 3, 7],
    [2, 2, 3, 7, 7],
    // The second, due on day 3, came on day 4: the third keeps its distance of four days only where its own day is over.
    [2, 4, 3, 7, 7],
    [2, 8, 3, 12, 12],
    [3, 7, 7, null, 7],
  ] as const
  for (const [retriesMade, lastTry, from, by, end] of cases) {
    const now = day(lastTry)
    const given = { days: [1, 3, 7], openedAt: OPENED, retriesMade, lastTryAt: now }
    assert.deepEqual(
      windowOfDays({ ...given, now, allowedAt: OPENED }),
      {
        endsAt: addMs(day(end), 1),
        attemptsLeft: 3 - retriesMade,
        earliestAt: from === null ? OPENED : addMs(day(from), 1),
        ...(by === null ? {} : { rungAt: day(by) }),
      },
      `${retriesMade} tries, the last on day ${lastTry}`,
    )
  }
})

test('what the networks allow later, and a case that goes on longer, move its begin and its end', () => {
  const given = { days: [1, 3, 7], openedAt: OPENED, retriesMade: 1, lastTryAt: day(1), now: day(1) }
  const { earliestAt, endsAt } = windowOfDays({ ...given, allowedAt: day(2), endsAt: day(21) })
  assert.deepEqual([earliestAt, endsAt], [day(2), addMs(day(21), 1)])
}) // prettier-ignore
