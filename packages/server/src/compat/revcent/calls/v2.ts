import { assert } from '@perennial/core/fault'
import { decodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { IN_PROCESS, type ApiInstance } from '../../../platform/http/index.ts'
import { toFaceRefusal } from '../face-refusal.ts'
import { withoutOurIds } from '../wire/our-ids.ts'

/** What `/v2` answers with when it says yes. */
export type V2Answer = {
  at(path: string): unknown
  text(path: string): string
  idAt(kind: IdKind, path: string): Uuid
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/**
 * Our own API as the caller's key may use it, in this process and past the network. What changes anything goes through
 * it, so that no rule can be here that is not there. A "no" is thrown as this face's.
 */
export type V2 = {
  get(path: string): Promise<V2Answer>
  send(method: Method, path: string, body?: object): Promise<V2Answer>
  /** The same without the caller's key, for what a repetition makes anew, such as a token. */
  sendAnew(method: Method, path: string, body: object): Promise<V2Answer>
}

export function createV2(
  app: ApiInstance,
  given: { readonly apiKey: string; readonly idempotencyKey: string | null },
): V2 {
  const { apiKey, idempotencyKey } = given
  const sent = new Map<string, number>()
  const call = async (
    method: Method,
    path: string,
    of: { readonly body?: object | undefined; readonly part: string | null },
  ) => {
    const { body, part } = of
    const response = await app.inject({
      method,
      url: `/v2${path}`,
      // What narrows the key down has been asked already, and is of this face's calls.
      remoteAddress: IN_PROCESS,
      headers: {
        'x-api-key': apiKey,
        ...(part === null ? {} : { 'idempotency-key': part }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    const { statusCode: status } = response
    const answer = toV2Answer(response.body === '' ? null : JSON.parse(response.body))
    if (status < 300) return answer
    throw toFaceRefusal({
      status,
      type: 'api_error',
      code: textOr(answer.at('error.code'), 'internal_error'),
      message: withoutOurIds(textOr(answer.at('error.message'), 'Something went wrong.')),
    })
  }
  const send: V2['send'] = (method, path, body) => {
    // One call of this face may be several of ours. Each has a key of its own, counted by what it is sent to: a
    // repetition that finds a part done already, such as the customer, still sells with the same key.
    const to = `${method} ${path}`
    const number = sent.get(to) ?? 0
    sent.set(to, number + 1)
    const part = idempotencyKey === null ? null : `${idempotencyKey}:${number}`
    return call(method, path, { body, part })
  }
  return {
    get: (path) => call('GET', path, { part: null }),
    send,
    sendAnew: (method, path, body) => call(method, path, { body, part: null }),
  }
}

function toV2Answer(body: unknown): V2Answer {
  const at = (path: string): unknown => path.split('.').reduce<unknown>(memberOf, body)
  const text = (path: string): string => {
    const value = at(path)
    assert(typeof value === 'string', `/v2 answers ${path} as text`)
    return value
  }
  const idAt = (kind: IdKind, path: string): Uuid => {
    const decoded = decodeId(kind, text(path))
    assert(decoded.kind === 'ok', `/v2 answers ${path} as the id of a ${kind}`)
    return decoded.id
  }
  return { at, text, idAt }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
