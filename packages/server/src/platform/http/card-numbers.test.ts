import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCardNumber, holdsCardNumber } from './card-numbers.ts'

const HELD: readonly (readonly [what: string, text: string])[] = [
  ['a Visa', '4012888888881881'],
  ['a Mastercard', '5555555555554444'],
  ['an American Express', '378282246310005'],
  ['a Diners Club', '30569309025904'],
  ['a UnionPay of nineteen digits', '6205500000000000004'],
  ['groups of four', '4012 8888 8888 1881'],
  ['groups with dashes', '4012-8888-8888-1881'],
  ['the groups of American Express', '3782 822463 10005'],
  ['other groups', ' 40128888 88881881 '],
  ['one by one', '4 0 1 2 8 8 8 8 8 8 8 8 1 8 8 1'],
  ['in a sentence', 'She paid with 4012888888881881.'],
  ['after another number', 'Order 1234 4012 8888 8888 1881 of 12/30'],
  ['before its end', '4012888888881881/1230'],
  ['with its security code', '4012 8888 8888 1881 123'],
  ['after a name', 'card=4012888888881881&x=1'],
  ['in JSON within text', '{"n":"4012888888881881"}'],
]
const FREE: readonly (readonly [what: string, text: string])[] = [
  ['a wrong check digit', '4012888888881882'],
  ['no network begins so', '1012888888881887'],
  ['an instant in microseconds', '1800000000000000'],
  ['an instant', '2026-11-23T14:01:29.000Z'],
  ['a barcode (EAN)', '4000000000006'],
  ['a telephone number', '+49 151 0000 0000 06'],
  ['one without its plus', '4915100000002'],
  ['an order number with a word', 'order-4012888888881881'],
  ['an id', 'pm_4012888888881881'],
  ['a UUID', '40128888-8888-1881-8888-401288888888'],
  ['a number within a longer one', '94012888888881881000'],
  ['an address', 'https://shop.example/orders/4012888888881881'],
  ['a rate', '0.4012888888881881'],
  ['an amount', '4012888888881881.50'],
  ['a range of BINs', '40128888-88881881'],
  ['BINs', '401288,888888,188100'],
  ['an IBAN', 'DE12 4012 8888 8888 1881 00'],
  ['one without spaces', 'DE12401288888888188100'],
  ['base64', '/4012888888881881aGVsbG8='],
]

for (const [what, text] of HELD)
  test(`${what} is a card number: ${text}`, () => assert.ok(holdsCardNumber(text)))
for (const [what, text] of FREE)
  test(`${what} is none: ${text}`, () => assert.ok(!holdsCardNumber(text)))

test('a card number is found wherever it stands in a body, and told by its place', () => {
  const number = '4012888888881881'
  const cases: readonly (readonly [body: unknown, param: string | null])[] = [
    [number, 'body'],
    [{ a: [{ b: number }] }, 'a.0.b'],
    [{ metadata: { n: Number(number) } }, 'metadata.n'],
    [{ metadata: { [number]: true } }, 'metadata'],
    [{ [`card ${number}`]: true }, 'body'],
    [{ tracking_number: number }, null],
    [{ note: 'none', amount: 2900, live: true, nothing: null }, null],
    [undefined, null],
  ]
  for (const [body, param] of cases) assert.equal(findCardNumber(body), param)
  const deep = JSON.parse(`${'['.repeat(200_000)}"${number}"${']'.repeat(200_000)}`) as unknown
  assert.notEqual(findCardNumber(deep), null)
})
