import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { guardedLookup, isReachable, PRIVATE } from '../../../../platform/targets/index.ts'

export type WebhookPost = {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly privateTargets: readonly string[]
}

/** `status`: null when there was no answer; only 200 counts as taken. */
export type WebhookAnswer = { readonly status: number | null; readonly error: string | null }

/**
 * One try. The address is looked at where the connection is made, so that a name cannot turn private between check and
 * call; redirects are not followed. Never throws.
 */
export function postWebhook(post: WebhookPost): Promise<WebhookAnswer> {
  const url = new URL(post.url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isReachable(host, post.privateTargets))
    return Promise.resolve({ status: null, error: PRIVATE })
  const bytes = Buffer.from(post.body)
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...post.headers, 'content-length': String(bytes.length) },
    lookup: guardedLookup(post.privateTargets),
    signal: AbortSignal.timeout(post.timeoutMs),
    agent: false,
  }
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(url, options, (answer) => {
      answer.on('error', () => undefined)
      // An answer is its status; what it says is of no use to us.
      answer.destroy()
      const status = answer.statusCode ?? null
      resolve({ status, error: status === 200 ? null : `answered ${status}` })
    })
    outgoing.on('error', (error: Error) => resolve({ status: null, error: error.message }))
    outgoing.end(bytes)
  })
}
