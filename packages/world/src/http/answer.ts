import { type ErrorCode, errors } from './errors.ts'

/** What a route makes of a call. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  /** For a customer's browser. */
  | { readonly kind: 'html'; readonly status: number; readonly page: string }
  /** The connection ends without an answer, as when a gateway times out. */
  | { readonly kind: 'hang_up' }

export function answerWith(body: unknown, status = 200): Answer {
  return { kind: 'json', status, body }
}

export function refuse(code: ErrorCode, message?: string): Answer {
  const [status, sentence] = errors[code]
  return answerWith({ error: { code, message: message ?? sentence } }, status)
}
