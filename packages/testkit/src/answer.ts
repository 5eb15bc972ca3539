import assert from 'node:assert/strict'

/** What an HTTP call was answered with. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** A member of the body by its path: `at('data.0.id')`; undefined where there is none. */
  readonly at: (path: string) => unknown
  /** The same, of which the test knows that it is text. */
  readonly text: (path: string) => string
}

export function toAnswer(
  status: number,
  headers: Readonly<Record<string, unknown>>,
  body: unknown,
): Answer {
  const at = (path: string): unknown =>
    path.split('.').reduce((value, name) => memberOf(value, name), body)
  return {
    status,
    headers,
    body,
    at,
    text: (path) => {
      const value = at(path)
      assert(typeof value === 'string', `${path} is text in ${JSON.stringify(body)}`)
      return value
    },
  }
}

/** A member of a JSON object; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
