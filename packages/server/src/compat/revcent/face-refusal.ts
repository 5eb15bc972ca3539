import type { ApiRefusal } from '../../platform/http/index.ts'

/** How this face says no: `error_code` and `message` of its envelope, and the HTTP status beside it. */
export class FaceRefusal extends Error {
  override readonly name = 'FaceRefusal'
  readonly status: number
  readonly errorCode: string
  /** What `/v2` calls it, where it refused; null = this face did. */
  readonly ourCode: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    errorCode: string,
    message: string,
    more: {
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly ourCode?: string
    } = {},
  ) {
    super(withoutCardNumbers(message))
    this.status = status
    this.errorCode = errorCode
    this.headers = more.headers ?? {}
    this.ourCode = more.ourCode ?? null
  }

  static invalid(message: string): FaceRefusal {
    return new FaceRefusal(400, 'invalid_request', message)
  }

  static notFound(what: string): FaceRefusal {
    return new FaceRefusal(404, 'not_found', `There is no such ${what}.`)
  }
}

/** What may be the number of a card, where a sentence quotes it: the name of a field that nobody knows, or of a method. */
const CARD_NUMBER = /\b[2-6](?:[ -]?\d){11,18}\b/g

function withoutCardNumbers(sentence: string): string {
  return sentence.replaceAll(CARD_NUMBER, '…')
}

/** Another face's or the framework's "no" in the words of this one. */
export function toFaceRefusal(problem: ApiRefusal['problem']): FaceRefusal {
  const { message, headers, code: ourCode } = problem
  const isMove = problem.status === 400 && problem.code === 'invalid_request'
  const status = isMove && /JSON|Content-Length/.test(message) === false ? 409 : problem.status
  const errorCode = CODE_OF_STATUS[status] ?? ourCode
  return new FaceRefusal(status, errorCode, message, { headers, ourCode })
}

const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  402: 'declined',
  403: 'forbidden',
  404: 'not_found',
  409: 'wrong_state',
  429: 'throttled',
}
