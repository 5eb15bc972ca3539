import { isIP } from 'node:net'
import type { buildConnector } from 'undici'
import { guardedLookup, isReachable, PRIVATE, type Resolve } from '../../platform/targets/index.ts'

/** What stands in a gateway's place, and which private addresses may; absent = nobody watches, as for the vendor itself. */
export type Guarded = {
  readonly baseUrl?: string | null
  readonly privateTargets?: readonly string[]
  /** A test's way to find addresses. */
  readonly resolve?: Resolve
}

/** How connections are made: a stand-in's address is looked at each time. */
export function connectOptions(
  { baseUrl, privateTargets, resolve }: Guarded,
  connectMs: number,
): buildConnector.BuildOptions {
  const isWatched = privateTargets !== undefined && baseUrl !== undefined && baseUrl !== null
  if (!isWatched) return { timeout: connectMs }
  return { timeout: connectMs, lookup: guardedLookup(privateTargets, resolve) }
}

/** An address in numbers is never looked up, so it is looked at here. Throws for one that may not be called. */
export function assertReachable({ baseUrl, privateTargets }: Guarded): void {
  if (privateTargets === undefined || baseUrl === undefined || baseUrl === null) return
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isReachable(host, privateTargets)) throw new Error(PRIVATE)
}
