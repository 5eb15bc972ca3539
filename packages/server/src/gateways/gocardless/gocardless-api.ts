import type { VendorSettings } from '@perennial/core/payments'
import { readList, readRecord, readText, type JsonRecord } from '../../platform/foreign/index.ts'
import { openHttpLine, type HttpAnswer } from '../http/index.ts'

/** The version that the vendor keeps answering, whatever it changes. */
const VERSION = '2015-07-06'

export type GoCardlessApi = {
  readonly callMsMax: number
  get(path: string): Promise<HttpAnswer>
  post(path: string, body: unknown, idempotencyKey: string): Promise<HttpAnswer>
  close(): Promise<void>
}

export function openGoCardlessApi(settings: VendorSettings): GoCardlessApi {
  const { environment, credentials, baseUrl } = settings
  const host = environment === 'live' ? 'api.gocardless.com' : 'api-sandbox.gocardless.com'
  const line = openHttpLine({ ...settings, url: baseUrl ?? `https://${host}` })
  const headers = {
    authorization: `Bearer ${credentials['access_token'] ?? ''}`,
    'gocardless-version': VERSION,
  }
  const json = { ...headers, 'content-type': 'application/json' }
  return {
    callMsMax: line.callMsMax,
    get: (path) => line.call({ method: 'GET', path, headers }),
    post: (path, body, idempotencyKey) => {
      const keyed = { ...json, 'idempotency-key': idempotencyKey }
      return line.call({ method: 'POST', path, headers: keyed, body })
    },
    close: () => line.close(),
  }
}

/** The object of an answer that went well, under its name; null for any other answer. */
export function objectOf({ status, body }: HttpAnswer, name: string): JsonRecord | null {
  return status === 200 || status === 201 ? readRecord(body, name) : null
}

/** Null when the answer is no list of that name. */
export function listOf(
  { status, body }: HttpAnswer,
  name: string,
): { readonly items: readonly unknown[]; readonly after: string | null } | null {
  const items = status === 200 ? readList(body, name) : null
  return items === null ? null : { items, after: readText(body, 'meta', 'cursors', 'after') }
}

/** Understood and not carried out. 409 names what the key made before; 429 says nothing. */
export function isRefused({ status }: HttpAnswer): boolean {
  return status >= 400 && status < 500 && status !== 409 && status !== 429
}

/** What a creation of the same key made before; null when the answer is another one. */
export function conflictingId({ status, body }: HttpAnswer): string | null {
  if (status !== 409) return null
  const [conflict] = (readList(body, 'error', 'errors') ?? []).filter(
    (error) => readText(error, 'reason') === 'idempotent_creation_conflict',
  )
  return readText(conflict, 'links', 'conflicting_resource_id')
}

/** The reasons of a refusal and its words: fields with what is wrong, then the message. */
export function readProblem({ status, body }: HttpAnswer): {
  readonly reasons: readonly string[]
  readonly message: string
} {
  const errors = readList(body, 'error', 'errors') ?? []
  const reasons = errors.flatMap((error) => {
    const reason = readText(error, 'reason') ?? readText(error, 'field')
    return reason === null ? [] : [reason]
  })
  const told = errors.flatMap((error) => {
    const said = readText(error, 'message')
    const field = readText(error, 'field')
    return said === null ? [] : [field === null ? said : `${field} ${said}`]
  })
  const message = readText(body, 'error', 'message') ?? `the gateway answered ${status}`
  return { reasons, message: told.length > 0 ? told.join('; ') : message }
}
