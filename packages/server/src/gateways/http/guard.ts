import { isIP } from 'node:net'
import { buildConnector } from 'undici'
import { guardedLookup, isReachable, PRIVATE, type Resolve } from '../../platform/targets/index.ts'
import { NeverSent } from './silence.ts'

/** What stands in a gateway's place, and which private addresses may; absent = nobody watches, as for the vendor itself. */
export type Guarded = {
  readonly baseUrl?: string | null
  readonly privateTargets?: readonly string[]
  /** A test's way to find addresses. */
  readonly resolve?: Resolve
}

/**
 * One request at a time on a connection, and none is sent again by itself: HTTP/2 sends anew what the other side turned
 * down, and then nobody could say any more whether a request has gone out.
 */
export const HTTP_1 = { allowH2: false, pipelining: 1 } as const

/** How connections are made: a stand-in's address is looked at each time. What fails here was never sent. */
export function openConnector(
  { baseUrl, privateTargets, resolve }: Guarded,
  connectMs: number,
): buildConnector.connector {
  const isWatched = privateTargets !== undefined && baseUrl !== undefined && baseUrl !== null
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: HTTP_1.allowH2,
    ...(isWatched ? { lookup: guardedLookup(privateTargets, resolve) } : {}),
  })
  return (options, done) =>
    connect(options, (...made) => {
      if (made[0] === null) done(...made)
      else done(new NeverSent(made[0]), null)
    })
}

/** An address in numbers is never looked up, so it is looked at here. Throws for one that may not be called. */
export function assertReachable({ baseUrl, privateTargets }: Guarded): void {
  if (privateTargets === undefined || baseUrl === undefined || baseUrl === null) return
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isReachable(host, privateTargets))
    throw new NeverSent(new Error(PRIVATE))
}
