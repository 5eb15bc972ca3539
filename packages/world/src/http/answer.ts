import { type ErrorCode, errors } from './errors.ts'

/** What a route makes of a call. */
export type Answer =
  | {
      readonly kind: 'json'
      readonly status: number
      readonly body: unknown
      /** Held back for so long. */
      readonly waitMs?: number
    }
  /** For a customer's browser. */
  | { readonly kind: 'html'; readonly status: number; readonly page: string }
  /** What a broken gateway says: nothing that a caller could read. */
  | { readonly kind: 'nonsense' }
  /** The connection ends without an answer, as when a gateway times out. */
  | { readonly kind: 'hang_up' }

export function answerWith(body: unknown, status = 200): Extract<Answer, { kind: 'json' }> {
  return { kind: 'json', status, body }
}

export function refuse(code: ErrorCode, message?: string): Answer {
  const [status, sentence] = errors[code]
  return answerWith({ error: { code, message: message ?? sentence } }, status)
}
