import type { IncomingHttpHeaders } from 'node:http'
import { parseInstant } from '../world-file/instant.ts'
import { toAccountName } from './account-name.ts'
import { type Answer, refuse } from './answer.ts'

/** A request, read as far as every route needs it. */
export interface Call {
  readonly method: string
  readonly segments: readonly string[]
  readonly query: URLSearchParams
  readonly account: string
  /** The caller's business time, and how far its own clock is ahead of UTC. */
  readonly at: number
  readonly offsetMs: number
  /** Whether the caller told its time; otherwise `at` is real time. */
  readonly showsTime: boolean
  readonly idempotencyKey: string | null
  readonly body: Readonly<Record<string, unknown>>
  /**
   * A page's form sent the body: whoever looks is a person, whose browser knows no business time.
   */
  readonly isForm: boolean
  /** A file was sent: how its parts are described, without what is in it. */
  readonly upload: { readonly name: string; readonly purpose: string } | null
  /** Of `authorization: Bearer …`; the plain dialect lets everybody in. */
  readonly apiKey: string | null
  /** Where the caller reached the world, for links back to it. */
  readonly origin: string
}

export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'refused'; readonly answer: Answer }

const TEXT_MAX = 255
const FORM = 'application/x-www-form-urlencoded'
const UPLOAD = 'multipart/form-data'

export function readCall(request: {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly now: () => number
}): Reading<Call> {
  const [path = '', search = ''] = request.url.split('?', 2)
  const segments = decodeSegments(path)
  if (segments === null) return refusal(refuse('path_malformed'))
  const now = readNow(headerOf(request.headers, 'x-perennial-now'), request.now)
  if (now === null) return refusal(refuse('now_invalid'))
  const query = new URLSearchParams(search)
  // A customer's browser sends no headers of ours: links for it carry the account.
  const account =
    headerOf(request.headers, 'x-perennial-account') ??
    headerOf(request.headers, 'stripe-account') ??
    query.get('account') ??
    accountOfKey(headerOf(request.headers, 'authorization')) ??
    ''
  if (account.length > TEXT_MAX) return refusal(refuse('account_invalid'))
  const idempotencyKey = headerOf(request.headers, 'idempotency-key')
  if (idempotencyKey !== null && idempotencyKey.length > TEXT_MAX) {
    return refusal(refuse('idempotency_key_invalid'))
  }
  const apiKey = headerOf(request.headers, 'authorization')?.replace(/^Bearer /, '') ?? null
  const type = headerOf(request.headers, 'content-type') ?? ''
  const isForm = type.startsWith(FORM)
  const upload = type.startsWith(UPLOAD) ? readUpload(request.body) : null
  const body = isForm ? readForm(request.body) : upload === null ? readBody(request.body) : {}
  if (body === null) return refusal(refuse('json_malformed'))
  const { method } = request
  const origin = `http://${headerOf(request.headers, 'host') ?? 'localhost'}`
  return {
    kind: 'read',
    value: {
      method,
      segments,
      query,
      account: toAccountName(account),
      ...now,
      idempotencyKey,
      body,
      isForm,
      upload,
      apiKey,
      origin,
    },
  }
}

/** A key may name an account after its gateway: `sk_test_amber_acct_1`. */
function accountOfKey(authorization: string | null): string | null {
  return /^Bearer [sr]k_test_[^_]+_(.+)$/.exec(authorization ?? '')?.[1] ?? null
}

function refusal(answer: Answer): Reading<never> {
  return { kind: 'refused', answer }
}

function decodeSegments(path: string): string[] | null {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return null
  }
}

function readNow(
  text: string | null,
  realNow: () => number,
): { at: number; offsetMs: number; showsTime: boolean } | null {
  if (text === null) return { at: realNow(), offsetMs: 0, showsTime: false }
  const at = parseInstant(text)
  if (at === null) return null
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  return { at, offsetMs: sign === '-' ? -offsetMs : offsetMs, showsTime: true }
}

function readUpload(text: string): { name: string; purpose: string } {
  const name = /filename="([^"]{1,255})"/.exec(text)?.[1] ?? 'file'
  const purpose = /name="purpose"\r?\n\r?\n(\w{1,64})/.exec(text)?.[1] ?? ''
  return { name, purpose }
}

function readForm(text: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(text))
}

function readBody(text: string): Record<string, unknown> | null {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  if (typeof value !== 'string' || value === '') return null
  return value
}
