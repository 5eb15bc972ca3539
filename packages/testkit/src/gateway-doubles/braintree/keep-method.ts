import type { DoubleAnswer } from '../json-server.ts'
import { type BraintreeBook, vaultMethod } from './braintree-book.ts'
import { textOf } from '../read-request.ts'
import { errorAnswer, methodRecord, notFound, xmlAnswer } from './wire.ts'
import { XmlList } from './xml.ts'

/** `POST /customers` with a card: a customer who has it. */
export function createCustomer(book: BraintreeBook, body: unknown): DoubleAnswer {
  const card = ['customer', 'credit_card'] as const
  const number = textOf(body, ...card, 'number')
  if (number === null || !/^\d{12,19}$/.test(number) || !hasLuhnDigit(number))
    return errorAnswer('customer', {
      message: 'Credit card number is invalid.',
      errors: [{ code: '81715', attribute: 'number', message: 'Credit card number is invalid.' }],
    })
  const [expMonth = '01', expYear = '2030'] = (
    textOf(body, ...card, 'expiration_date') ?? ''
  ).split('/')
  const method = vaultMethod(book, {
    number,
    expMonth,
    expYear,
    holderName: textOf(body, ...card, 'cardholder_name'),
  })
  return xmlAnswer(201, 'customer', {
    id: method.customerId,
    credit_cards: new XmlList('credit_card', [methodRecord(method)]),
  })
}

/** `GET /payment_methods/any/{token}`. */
export function findMethod(book: BraintreeBook, token: string): DoubleAnswer {
  const method = book.methods.get(token)
  return method === undefined ? notFound() : xmlAnswer(200, method.kind, methodRecord(method))
}

function hasLuhnDigit(number: string): boolean {
  const digits = number.split('').toReversed().map(Number)
  const sum = digits.reduce((total, digit, place) => {
    const doubled = place % 2 === 1 ? digit * 2 : digit
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0
}
