import { AssertionError } from 'node:assert/strict'
import { memberOf, toAnswer, type Answer } from '../answer.ts'

export { memberOf, type Answer }

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export type CallOptions = {
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The public API as a merchant's program sees it: fetch, a key, JSON. Paths are relative to /v2. */
export type ApiClient = {
  readonly url: string
  readonly apiKey: string
  /** Any answer, refusals too. */
  call(method: Method, path: string, options?: CallOptions): Promise<Answer>
  get(path: string): Promise<Answer>
  /** Fails the scenario, with what the API said, unless it said yes. */
  post(path: string, body?: unknown): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  /** All rows of a cursor list, oldest first; those after the cursor when one is given. */
  listAll(path: string, after: string | null): Promise<readonly unknown[]>
}

const PAGE = 100

export function createApiClient(given: {
  readonly url: string
  readonly apiKey: string
}): ApiClient {
  const call: ApiClient['call'] = async (method, path, options = {}) => {
    const { body, headers = {} } = options
    const response = await fetch(`${given.url}/v2${path}`, {
      method,
      headers: {
        'x-api-key': given.apiKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return toAnswer(response.status, Object.fromEntries(response.headers), readJson(text))
  }
  const succeed = async (method: Method, path: string, body?: unknown): Promise<Answer> => {
    const answer = await call(method, path, body === undefined ? {} : { body })
    if (answer.status < 300) return answer
    throw new AssertionError({
      message: `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`,
      stackStartFn: succeed,
    })
  }
  return {
    ...given,
    call,
    get: (path) => succeed('GET', path),
    post: (path, body) => succeed('POST', path, body),
    patch: (path, body) => succeed('PATCH', path, body),
    listAll: (path, after) => listAll((page) => succeed('GET', page), path, after),
  }
}

/** Read from the newest page down, or, after a cursor, from the page next to it up. */
async function listAll(
  read: (path: string) => Promise<Answer>,
  path: string,
  after: string | null,
): Promise<readonly unknown[]> {
  const joint = path.includes('?') ? '&' : '?'
  let found: unknown[] = []
  let cursor = after
  for (;;) {
    const end = after === null ? 'starting_after' : 'ending_before'
    const from = cursor === null ? '' : `&${end}=${cursor}`
    const page = await read(`${path}${joint}limit=${PAGE}${from}`)
    const data = page.at('data')
    const rows = Array.isArray(data) ? data.toReversed() : []
    found = after === null ? [...rows, ...found] : [...found, ...rows]
    if (page.at('has_more') !== true) return found
    cursor = textOf(after === null ? rows[0] : rows.at(-1), 'id')
  }
}

/** A text member of a JSON object, wherever it came from. */
export function textOf(value: unknown, name: string): string {
  const member = memberOf(value, name)
  if (typeof member === 'string') return member
  throw new AssertionError({ message: `${name} is text in ${JSON.stringify(value)}` })
}

function readJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return text
  }
}
