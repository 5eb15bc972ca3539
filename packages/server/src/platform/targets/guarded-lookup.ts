import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isReachable } from './is-reachable.ts'

export const PRIVATE = 'a private address; its operator can allow it with PRIVATE_TARGETS'

/** The system's own way to find a host's addresses, or a test's. */
export type Resolve = (
  host: string,
  options: LookupAllOptions,
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

/** Looks at addresses where a connection is made, so that a name cannot turn private between check and call. */
export function guardedLookup(
  privateTargets: readonly string[],
  resolve: Resolve = lookup,
): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      if (!addresses.every(({ address }) => isReachable(address, privateTargets)))
        return done(new Error(PRIVATE), [])
      const [first] = addresses
      if (options.all === true || first === undefined) return done(null, addresses)
      return done(null, first.address, first.family)
    })
  }
}
