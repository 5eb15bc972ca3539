import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { MS_PER_SECOND } from '@perennial/core/time'
import { parseJson } from '../../../platform/foreign/index.ts'
import { guardedLookup, isReachable, PRIVATE } from '../../../platform/targets/index.ts'
import {
  PlatformSilence,
  type CallPlatform,
  type PlatformAnswer,
  type PlatformRequest,
} from './connector.ts'

const TIMEOUT_MS = 10 * MS_PER_SECOND
/** A bill is a few kilobytes. */
const BODY_BYTES_MAX = 2 * 1024 * 1024

/**
 * The way to one platform. The address is looked at where the connection is made, so that a name cannot turn private
 * between check and call; redirects are not followed.
 */
export function openPlatform(
  baseUrl: string,
  given: { readonly privateTargets: readonly string[] },
): CallPlatform {
  const { privateTargets } = given
  return (asked) => {
    const url = new URL(`${baseUrl.replace(/\/$/, '')}${asked.path}`)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !isReachable(host, privateTargets))
      return Promise.reject(new PlatformSilence(PRIVATE))
    return exchange(url, asked, privateTargets)
  }
}

function exchange(
  url: URL,
  asked: PlatformRequest,
  privateTargets: readonly string[],
): Promise<PlatformAnswer> {
  const { text, type } = bodyOf(asked.body)
  const options: RequestOptions = {
    method: asked.method,
    headers: {
      accept: 'application/json',
      'user-agent': 'Perennial-Connectors/1',
      ...(type === null ? {} : { 'content-type': type }),
      'content-length': String(Buffer.byteLength(text)),
      ...asked.headers,
    },
    lookup: guardedLookup(privateTargets),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    agent: false,
  }
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new PlatformSilence(error.message, { cause: error }))
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(url, options, (answer) => {
      const chunks: Uint8Array[] = []
      let bytes = 0
      answer.on('error', fail)
      answer.on('data', (chunk: Uint8Array) => {
        bytes += chunk.byteLength
        if (bytes > BODY_BYTES_MAX) answer.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      answer.on('end', () => {
        const answered = Buffer.concat(chunks).toString('utf8')
        resolve({ status: answer.statusCode ?? 0, text: answered, body: parseJson(answered) })
      })
    })
    outgoing.on('error', fail)
    outgoing.end(text)
  })
}

function bodyOf(body: unknown): { readonly text: string; readonly type: string | null } {
  if (body === undefined) return { text: '', type: null }
  if (body instanceof URLSearchParams)
    return { text: body.toString(), type: 'application/x-www-form-urlencoded' }
  if (typeof body === 'string') return { text: body, type: 'text/plain' }
  return { text: JSON.stringify(body), type: 'application/json' }
}
