import type { DoubleAnswer, DoubleRequest } from '../json-server.ts'
import type { BraintreeBook } from './braintree-book.ts'
import { fieldOf, textOf } from '../read-request.ts'
import { answerOf } from './take-sale.ts'
import { validationAnswer } from './wire.ts'

const KEY_CHARACTERS_MAX = 255

/**
 * At-most-once processing: the same request under the same `api_request_key` is answered with the present state of
 * what the first one made; another request under it is refused. Validation failures keep nothing.
 */
export function onceByRequestKey(
  book: BraintreeBook,
  request: DoubleRequest,
  make: () => DoubleAnswer,
): DoubleAnswer {
  const key = textOf(request.json, 'transaction', 'api_request_key')
  if (key === null) return make()
  if (book.requestKeys === 'not allowed') return refused('915231', 'is not allowed.')
  if (key.length > KEY_CHARACTERS_MAX) return refused('915230', 'is too long.')
  const written = `${request.method} ${request.path} ${JSON.stringify(fieldOf(request.json, 'transaction'))}`
  const kept = book.requests.get(key)
  if (kept !== undefined) {
    const made = book.transactions.get(kept.transactionId)
    if (kept.request !== written || made === undefined)
      return refused('915232', 'can be reused only with the same request.')
    return answerOf(made)
  }
  const before = new Set(book.transactions.keys())
  const given = make()
  const made = [...book.transactions.values()].find(({ id }) => !before.has(id))
  if (made !== undefined) book.requests.set(key, { request: written, transactionId: made.id })
  return given
}

function refused(code: string, what: string): DoubleAnswer {
  return validationAnswer({
    code,
    attribute: 'api_request_key',
    message: `API request key ${what}`,
  })
}
