import { assert } from '@perennial/core/fault'
import type { Decision, Refused } from '../command/index.ts'

/** `type` of the error envelope (revkeen 3.5). */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'authorization_error'
  | 'card_error'
  | 'idempotency_error'
  | 'rate_limit_error'
  | 'api_error'

export type Problem = {
  readonly status: number
  readonly type: ErrorType
  readonly code: string
  /** For the caller: a sentence that says what is wrong and, where it can, the way out. */
  readonly message: string
  readonly param?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly declineCode?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The one way for a route to answer with an error; the error handler writes it as the envelope. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }

  /** 400 that names the field, with the same sentence in `details.fields`. */
  static invalid(param: string, message: string): ApiRefusal {
    return new ApiRefusal({
      status: 400,
      type: 'invalid_request_error',
      code: 'validation_error',
      message,
      param,
      details: { fields: { [param]: [message] } },
    })
  }

  /** 429: "…. Try again in 10 s.", with the seconds in `details` and a header. */
  static tooMany(
    what: string,
    retryAfterSeconds: number,
    headers: Readonly<Record<string, string>> = {},
  ): ApiRefusal {
    return new ApiRefusal({
      status: 429,
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message: `${what} Try again in ${retryAfterSeconds} s.`,
      details: { retry_after: retryAfterSeconds },
      headers: { ...headers, 'retry-after': String(retryAfterSeconds) },
    })
  }

  /** 404, for what does not exist and for what belongs to another account alike. */
  static notFound(what: string, param?: string): ApiRefusal {
    return new ApiRefusal({
      status: 404,
      type: 'invalid_request_error',
      code: 'resource_not_found',
      message: `No such ${what}.`,
      ...(param === undefined ? {} : { param }),
    })
  }
}

/** One entry of a module's `errors.ts`: a refusal's code → what the caller gets. */
export type CatalogueEntry = Omit<Problem, 'details' | 'headers'>

export type NotFoundEntry = CatalogueEntry & {
  readonly status: 404
  readonly code: 'resource_not_found'
}

/** Whatever a request names and the account does not have is answered in one way, wherever the id stood: `unknown`. */
export type ErrorCatalogue<Code extends string> = Readonly<Record<Code, CatalogueEntry>> &
  Readonly<Record<Extract<Code, `${string}not_found`>, NotFoundEntry>>

/** The accepted value of a decision; a refusal goes out as its catalogue entry. */
export function acceptedOr<Accepted, Code extends string>(
  decision: Decision<Accepted, Code>,
  catalogue: ErrorCatalogue<Code>,
): Accepted {
  if (decision.kind === 'accepted') return decision.value
  throw toApiRefusal(decision, catalogue)
}

function toApiRefusal<Code extends string>(
  refusal: Refused<Code>,
  catalogue: ErrorCatalogue<Code>,
): ApiRefusal {
  const entry: CatalogueEntry | undefined = catalogue[refusal.code]
  assert(entry !== undefined, `the catalogue has an entry for ${refusal.code}`)
  const param = refusal.param ?? entry.param
  const message = refusal.message ?? entry.message
  const isAboutField = entry.code === 'validation_error' && param !== undefined
  return new ApiRefusal({
    ...entry,
    message,
    ...(param === undefined ? {} : { param }),
    ...(isAboutField ? { details: { fields: { [param]: [message] } } } : {}),
    ...(refusal.details === undefined ? {} : { details: refusal.details }),
    ...(refusal.declineCode === undefined ? {} : { declineCode: refusal.declineCode }),
  })
}
