import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { formatPlainDate } from '@perennial/core/time'
import { readBody, hundredthsAt, integerAt, textAt } from './fields.ts'
import { dateAt, filterDateAt, parseDate } from './read-date.ts'
import { frequencyAt, requiredFrequencyAt, toWireFrequency } from './read-frequency.ts'
import { expiryAt } from './read-method.ts'
import { trialAt } from './read-subscription.ts'

const DATES = [
  ['2027-09-08', '2027-09-08'],
  ['2027-09-08T23:59:59Z', '2027-09-08'],
  ['08-Sep-27', '2027-09-08'],
  ['8-sep-27', '2027-09-08'],
  ['9/8/2027', '2027-09-08'],
  ['2/29/2028', '2028-02-29'],
  ['2/29/2027', null],
  ['08-Foo-27', null],
  ['2027-13-01', null],
  ['tomorrow', null],
] as const

for (const [text, expected] of DATES) {
  test(`"${text}" is ${expected ?? 'no date'}`, () => {
    const date = parseDate(text)
    equal(date === null ? null : formatPlainDate(date), expected)
  })
}

const SET = [
  ['1970-01-01', '1970-01-01', '1971-01-01'],
  ['2199-12-31', '2199-12-31', '2199-12-31'],
  ['1969-12-31', null, '1971-01-01'],
  ['2200-01-01', null, '2200-01-01'],
  ['9999-12-31', null, '9998-12-31'],
  ['0001-01-01', null, '1971-01-01'],
] as const

for (const [text, set, searched] of SET) {
  test(`"${text}" can ${set === null ? 'not ' : ''}be set, and is searched as ${searched}`, () => {
    const fields = readBody({ startDate: text })
    const [date, end] = [dateAt(fields, 'startDate'), filterDateAt(fields, 'startDate')]
    equal(date === null ? null : formatPlainDate(date), set)
    equal(end === null ? null : formatPlainDate(end), searched)
    equal(fields.problems.length, set === null ? 1 : 0)
  })
}

const TRIALS = [
  [3650, 'Days', 3650],
  [3651, 'Days', null],
  [120, 'Months', 120],
  [121, 'Months', null],
  [10, 'Years', 10],
  [3650, 'Years', null],
] as const

for (const [trialDuration, trialDurationType, count] of TRIALS) {
  test(`a trial of ${trialDuration} ${trialDurationType} is ${count === null ? 'refused' : 'taken'}`, () => {
    const fields = readBody({ trialDuration, trialDurationType })
    const trial = trialAt(fields)
    equal(trial !== null && 'count' in trial ? trial.count : null, count)
    equal(fields.problems.length, count === null ? 1 : 0)
  })
}

const EXPIRIES = [
  ['1230', [12, 2030]],
  ['03/2030', [3, 2030]],
  ['1325', null],
  ['0030', null],
  ['3/30', null],
  ['', null],
] as const

for (const [text, expected] of EXPIRIES) {
  test(`a card that expires "${text}" is ${expected === null ? 'refused' : expected.join('/')}`, () => {
    const fields = readBody({ expirationDate: text })
    const expiry = expiryAt(fields, 'expirationDate', true)
    deepEqual(expiry === null ? null : [expiry.expMonth, expiry.expYear], expected)
    equal(fields.problems.length, expected === null ? 1 : 0)
  })
}

const AMOUNTS = [
  [10.99, 1099n],
  [0, 0n],
  [0.1 + 0.2, 30n],
  [1e9, 100_000_000_000n],
  [161_443_740.95, 16_144_374_095n],
  [161_443_740.955, null],
  [10.999, null],
  [-1, null],
  [Number.NaN, null],
  ['10.99', null],
] as const

for (const [value, expected] of AMOUNTS) {
  test(`the amount ${JSON.stringify(value)} is ${expected ?? 'refused'}`, () => {
    const fields = readBody({ value })
    equal(hundredthsAt(fields, 'value', { isRequired: true, maxMajor: 2_000_000_000 }), expected)
    equal(fields.problems.length, expected === null ? 1 : 0)
  })
}

test('names are matched without regard to case, and every problem is named with its place', () => {
  const fields = readBody({ NAME: 'x', Count: 'y' })
  equal(textAt(fields, 'name', { lengthMax: 10 }), 'x')
  equal(integerAt(fields, 'count', { min: 1, max: 2 }), null)
  equal(textAt(fields, 'other', { lengthMax: 10, isRequired: true }), null)
  deepEqual(fields.problems, ['count must be a whole number.', 'other is required.'])
})

const FREQUENCIES = [
  [{ billingFrequencyType: 'biweekly' }, ['Biweekly', 'Weeks', 2]],
  [{ billingFrequency: { intervalType: 3, intervalCount: 3 } }, ['Quarterly', 'Months', 3]],
  [{ intervalType: 'Years' }, ['Yearly', 'Years', 1]],
  [{ intervalType: 'days', intervalCount: 10 }, [null, 'Days', 10]],
  [{ intervalType: 'Days', intervalCount: 400 }, [null, 'Days', 400]],
  [{ intervalType: 'Weeks', intervalCount: 5_200 }, [null, 'Weeks', 5_200]],
] as const

const TOO_LONG = { Days: 36_501, Weeks: 5_201, Months: 1_201, Years: 101 }

for (const [intervalType, intervalCount] of Object.entries(TOO_LONG)) {
  test(`${intervalCount} ${intervalType} are refused`, () => {
    const fields = readBody({ billingFrequency: { intervalType, intervalCount } })
    equal(frequencyAt(fields), null)
    deepEqual(fields.problems, [
      `billingFrequency.intervalCount must be between 1 and ${intervalCount - 1}.`,
    ])
  })
}

const NO_FREQUENCIES = [
  [{}, 'billingFrequencyType or billingFrequency is required.'],
  [{ billingFrequencyType: '' }, 'billingFrequencyType or billingFrequency is required.'],
  [{ billingFrequencyType: '', intervalCount: 2 }, 'intervalType is required.'],
  [{ billingFrequency: { intervalType: '' } }, 'billingFrequency.intervalType is required.'],
  [{ billingFrequencyType: 'Hourly' }, /^billingFrequencyType must be one of/],
] as const

for (const [body, expected] of NO_FREQUENCIES) {
  test(`${JSON.stringify(body)} is no frequency, and one problem is noted`, () => {
    const fields = readBody(body)
    equal(requiredFrequencyAt(fields), null)
    equal(fields.problems.length, 1)
    match(
      fields.problems[0] ?? '',
      typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected,
    )
  })
}

for (const [body, expected] of FREQUENCIES) {
  test(`${JSON.stringify(body)} is told as ${expected.join(', ')}`, () => {
    const frequency = frequencyAt(readBody(body))
    ok(frequency !== null)
    deepEqual(Object.values(toWireFrequency(frequency)), expected)
  })
}
