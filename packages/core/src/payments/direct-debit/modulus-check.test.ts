import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passesModulusCheck } from './modulus-check.ts'

// The first rows are the scheme's own examples (Vocalink, "Validating account numbers").
const rows: readonly (readonly [string, string, boolean | null])[] = [
  ['089999', '66374958', true],
  ['089999', '66374959', false],
  ['107999', '88837491', true],
  ['107999', '88837493', false],
  ['202959', '63748472', true],
  ['203099', '66831036', false],
  ['203099', '58716970', false],
  ['118765', '64371389', true],
  ['118765', '64371388', false],
  ['203099', '66831033', null], // in foreign currency
  ['200000', '12345678', null],
  ['938063', '15764264', null],
]
for (const [sortCode, accountNumber, expected] of rows) {
  test(`${sortCode} ${accountNumber}: ${expected ?? 'not known'}`, () => {
    assert.equal(passesModulusCheck({ sortCode, accountNumber }), expected)
  })
}

test('a digit that is mistyped is found wherever the rule is known', () => {
  const good = '66374958'
  for (let index = 0; index < good.length; index += 1) {
    for (let digit = 0; digit < 10; digit += 1) {
      const accountNumber = good.slice(0, index) + String(digit) + good.slice(index + 1)
      const passes = passesModulusCheck({ sortCode: '089999', accountNumber })
      assert.equal(passes, accountNumber === good, accountNumber)
    }
  }
})
