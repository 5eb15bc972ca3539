import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LASTS, mixed, stillThere, TOP_UP, type FundsModel } from './funds-model.ts'
import { fundsOfDay } from './funds-of-day.ts'
import { INCOME_CALENDARS, makeCalendarTable } from './income-calendars.ts'

const DAYS = 120
const TABLE = makeCalendarTable(20_600, 20_600 + DAYS)

/** One hour by the formula alone: nothing remembered, nothing for a day at once. */
function plainly(model: FundsModel, shortDay: number, at: { day: number; hour: number }): number {
  const place = at.day - TABLE.fromDay
  const paid = model.paidBy[at.hour] ?? 1
  let chance = 0
  for (const { calendarIndex, lastsIndex, weight } of model.beliefs) {
    const since = TABLE.since[calendarIndex * DAYS + place] ?? 0
    const period = TABLE.period[calendarIndex * DAYS + place] ?? 30
    const lasts = LASTS[lastsIndex] ?? 0
    const payday = paid * mixed(stillThere(0, lasts)) + (1 - paid) * TOP_UP
    const later = mixed(stillThere((since + (at.hour - 9) / 24) / period, lasts))
    const isSame = place - since + 0.4 <= shortDay - TABLE.fromDay
    chance += weight * (since === 0 ? payday : isSame ? TOP_UP : later)
  }
  return chance
}

test('what is worked out for a day at once is what each hour comes to, to the last bit', () => {
  const property = fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
    let state = seed
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    const beliefs = Array.from({ length: 1 + Math.floor(random() * 24) }, () => ({
      calendarIndex: Math.floor(random() * INCOME_CALENDARS.length),
      lastsIndex: Math.floor(random() * LASTS.length),
      weight: random(),
    }))
    const model = { beliefs, weights: [], paidBy: Array.from({ length: 24 }, random) }
    const shortDay = TABLE.fromDay + random() * 80
    const day = Math.floor(shortDay + random() * 38)
    const chances = [...fundsOfDay(model, TABLE, { shortDay, day })]
    const each = chances.map((_, hour) => plainly(model, shortDay, { day, hour }))
    assert.deepEqual(chances, each)
  })
  fc.assert(property, { numRuns: 300 })
})
