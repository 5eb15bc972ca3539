import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caretAfter, digitsOf, findBrand, formatCardNumber, hasCheckDigit } from './card-number.ts'
import { checkField, EMPTY, type FieldName, formatExpiry, readExpiry } from './check-card.ts'
import { formatMoney } from './format-money.ts'
import { text } from './text.ts'

const today = new Date(2027, 2, 31) // 31 March 2027
const { errors } = text

test('a card is told by its first digits and grouped as it is printed', () => {
  const rows = [
    ['4242424242424242', 'visa', '4242 4242 4242 4242'],
    ['5555555555554444', 'mastercard', '5555 5555 5555 4444'],
    ['2223003122003222', 'mastercard', '2223 0031 2200 3222'],
    ['378282246310005', 'amex', '3782 822463 10005'],
    ['6011111111111117', 'discover', '6011 1111 1111 1117'],
    ['30569309025904', 'diners', '3056 930902 5904'],
    ['3530111333300000', 'jcb', '3530 1113 3330 0000'],
    ['6200000000000005', 'unionpay', '6200 0000 0000 0005'],
    ['6759649826438453', 'maestro', '6759 6498 2643 8453'],
    ['9999999999', null, '9999 9999 99'],
    ['', null, ''],
  ] as const
  for (const [digits, id, grouped] of rows) {
    assert.equal(findBrand(digits)?.id ?? null, id, digits)
    assert.equal(formatCardNumber(digits), grouped, digits)
  }
  assert.equal(formatCardNumber('4242-4242 4242 42424242424'), '4242 4242 4242 4242 424')
  assert.equal(formatCardNumber('3782 8224 6310 0051 234'), '3782 822463 10005', 'no longer than it can be') // prettier-ignore
  assert.equal(digitsOf('４２42 a'), '4242', 'digits of other keyboards')
})

test('the caret stays behind the digit that was typed', () => {
  const rows = [
    ['4242 4', 4, 4],
    ['4242 4', 5, 6],
    ['', 0, 0],
    ['4242 4242', 1, 1],
  ] as const
  for (const [shown, digits, caret] of rows) assert.equal(caretAfter(shown, digits), caret)
})

test('a number with one wrong digit is never taken', () => {
  const good = '4242424242424242'
  assert.ok(hasCheckDigit(good))
  for (let at = 0; at < good.length; at += 1)
    for (let digit = 0; digit <= 9; digit += 1) {
      const changed = `${good.slice(0, at)}${digit}${good.slice(at + 1)}`
      assert.equal(hasCheckDigit(changed), changed === good, changed)
    }
})

test('what is wrong with a field is said in words', () => {
  const rows: readonly (readonly [FieldName, object, string | null])[] = [
    ['number', {}, errors.numberMissing],
    ['number', { number: '4242 4242' }, errors.numberShort],
    ['number', { number: '4242 4242 4242 4241' }, errors.numberWrong],
    ['number', { number: '3782 822463 1000' }, errors.numberShort],
    ['number', { number: '4242 4242 4242 4242' }, null],
    ['number', { number: '3782 822463 10005' }, null],
    ['expiry', {}, errors.expiryMissing],
    ['expiry', { expiry: '13 / 29' }, errors.expiryWrong],
    ['expiry', { expiry: '0' }, errors.expiryWrong],
    ['expiry', { expiry: '02 / 27' }, errors.expiryPast],
    ['expiry', { expiry: '03 / 27' }, null], // to the end of its month
    ['expiry', { expiry: '12 / 99' }, errors.expiryWrong],
    ['code', {}, errors.codeMissing],
    ['code', { number: '4242 4242 4242 4242', code: '1234' }, errors.codeThree],
    ['code', { number: '4242 4242 4242 4242', code: '123' }, null],
    ['code', { number: '3782 822463 10005', code: '123' }, errors.codeFour],
    ['code', { number: '3782 822463 10005', code: '1234' }, null],
    ['name', { name: '  ' }, errors.nameMissing],
    ['name', { name: 'Ada Lovelace' }, null],
    ['postalCode', {}, errors.zipMissing],
    ['postalCode', { postalCode: '1234' }, errors.zipWrong],
    ['postalCode', { postalCode: '94107-1234' }, null],
  ]
  for (const [field, given, expected] of rows) {
    const said = checkField(field, { ...EMPTY, ...given }, { postalCode: 'zip', today })
    assert.equal(said, expected, `${field} ${JSON.stringify(given)}`)
  }
  const British = { postalCode: 'postcode', today } as const
  assert.equal(checkField('postalCode', { ...EMPTY, postalCode: 'SW1A 1AA' }, British), null)
  assert.equal(checkField('postalCode', EMPTY, British), errors.postcodeMissing)
  assert.equal(checkField('postalCode', EMPTY, { postalCode: 'none', today }), null)
})

test('an expiry date is read and written as people and browsers give it', () => {
  const read = [
    ['08 / 29', { month: 8, year: 2029 }],
    ['8/2029', { month: 8, year: 2029 }],
    ['0829', { month: 8, year: 2029 }],
    ['082029', { month: 8, year: 2029 }],
    ['00/29', null],
    ['1', null],
  ] as const
  for (const [given, expected] of read) assert.deepEqual(readExpiry(given), expected, given)
  const typed = [
    ['0', '', '0'],
    ['08', '0', '08 / '],
    ['8', '', '08 / '],
    ['1', '', '1'],
    ['12', '1', '12 / '],
    ['1/', '1', '01 / '],
    ['08 / 2', '08 / ', '08 / 2'],
    ['08 / 29', '08 / 2', '08 / 29'],
    ['08 / 293', '08 / 29', '08 / 29'],
    ['08/2029', '', '08 / 29'],
    ['08 /', '08 / ', '08'], // rubbing out
    ['0', '08', '0'],
    ['', '0', ''],
  ] as const
  for (const [now, before, shown] of typed)
    assert.equal(formatExpiry(now, before), shown, `"${before}" then "${now}"`)
})

test('an amount has the places of its currency, at any size', () => {
  const rows = [
    [{ amount: '49.00', currency: 'USD' }, '$49.00'],
    [{ amount: '1200', currency: 'JPY' }, '¥1,200'],
    [{ amount: '1.250', currency: 'KWD' }, 'KWD 1.250'],
    [{ amount: '90071992547409.93', currency: 'USD' }, '$90,071,992,547,409.93'],
  ] as const
  for (const [money, shown] of rows) assert.equal(formatMoney(money, 'en-US').replace(/\s/g, ' '), shown) // prettier-ignore
})
