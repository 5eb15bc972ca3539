type ErrorFields = {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly constraint?: unknown
  readonly stack?: string
  readonly cause?: ErrorFields
}

const CAUSES_MAX = 4

/**
 * What is logged of an error. Other properties stay out: a database error's `detail` quotes the customer's
 * row, a request error's holds the request.
 */
export function errorFields(error: unknown, depth = 1): ErrorFields {
  if (!(error instanceof Error)) return { name: 'NotAnError', message: String(error) }
  return {
    name: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    ...('constraint' in error ? { constraint: error.constraint } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= CAUSES_MAX
      ? {}
      : { cause: errorFields(error.cause, depth + 1) }),
  }
}
