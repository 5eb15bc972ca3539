import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstantIn, parseInstant, parseTimeZone } from '../time/index.ts'
import { reminderAt, remindersBy } from './reminders.ts'

const zone = parseTimeZone('America/New_York')
const midnight = parseInstant('2027-11-07T04:00:00Z') // in New York, whose clocks go back that night
assert.ok(zone !== null && midnight !== null)

test('reminders keep their time of day when the clocks are changed', () => {
  const reminded = { from: midnight, zone }
  const instants = [0, 1, 2, 3].map((sent) => reminderAt(reminded, sent))
  assert.deepEqual(
    instants.map((at) => at !== null && formatInstantIn(at, zone).slice(0, 16)),
    ['2027-11-08T00:00', '2027-11-14T00:00', '2027-11-21T00:00', '2027-12-07T00:00'],
  )
  assert.equal(reminderAt(reminded, 4), null)
  for (const [index, at] of instants.entries())
    assert.equal(at !== null && remindersBy(reminded, at), index + 1)
})
