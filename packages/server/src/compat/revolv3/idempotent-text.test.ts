import { equal, notEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { idempotentText } from './idempotent-text.ts'

const textOf = (creditCard: object) =>
  idempotentText({ body: { paymentMethod: { creditCard, billingFullName: 'Ada Byron' } } })

/** Of each pair the last four digits are the same. */
const NUMBERS = [
  ['paymentAccountNumber', '4111111111111111', '4000000000001111'],
  ['PaymentAccountNumber', 4_111_111_111_111_111, '4000000000001111'],
  ['networkToken', '4895370012003478', '5204245250463478'],
  ['networkToken', '4895 3700-1200 3478', '5204245250463478'],
  ['networkToken', 4_895_370_012_003_478, '5204245250463478'],
  ['accountNumber', '000123456789', '000987656789'],
] as const

for (const [name, number, other] of NUMBERS) {
  test(`of ${name} ${typeof number} no more than the last four digits are compared`, () => {
    equal(textOf({ [name]: number }), textOf({ [name]: other }))
    notEqual(textOf({ [name]: number }), textOf({ [name]: '4111111111112222' }))
  })
}

test('a security code is not compared, and the name that a processor gave wholly', () => {
  equal(textOf({ securityCode: '123' }), textOf({ securityCode: '999' }))
  notEqual(textOf({ networkToken: 'tok_visa' }), textOf({ networkToken: 'pay_visa' }))
})
